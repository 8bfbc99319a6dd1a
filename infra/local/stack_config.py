"""The configuration of one local stack: its folder, its port, its region."""

import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
STAGE = "local"
DEFAULT_PORT = 4566


class LocalStackError(Exception):
    """The local stack cannot do this; the message is one line that says what to do."""


@dataclass(frozen=True)
class StackConfig:
    """One local stack: it writes below `home` and answers on 127.0.0.1:`port`.

    A throwaway stack (for tests) keeps nothing when it stops and records every AWS call.
    """

    home: Path
    port: int
    engine_home: Path = ROOT / ".local" / "engine"
    throwaway: bool = False

    @property
    def endpoint_url(self) -> str:
        """The address of the AWS services."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def engine_python(self) -> Path:
        """The interpreter of the engine's virtual environment."""
        return self.engine_home / "bin" / "python"

    @property
    def state(self) -> Path:
        """The state that the engine keeps between runs."""
        return self.home / "state"

    @property
    def log(self) -> Path:
        """The log of the engine."""
        return self.home / "engine.log"

    @property
    def process_file(self) -> Path:
        """The process id and the port of the engine."""
        return self.home / "engine.json"

    @property
    def build(self) -> Path:
        """The packaged application."""
        return self.home / "build"

    @property
    def stack_file(self) -> Path:
        """Addresses and sign-ins, for programs that use the stack."""
        return self.home / "stack.json"


def of_this_checkout() -> StackConfig:
    """Return the stack of this checkout: the folder `.local` and LEADWARDEN_PORT (4566 unless set)."""
    chosen = os.environ.get("LEADWARDEN_PORT") or str(DEFAULT_PORT)
    if not chosen.isdigit() or not 1024 <= int(chosen) <= 65535:
        raise LocalStackError(f"LEADWARDEN_PORT must be a number from 1024 to 65535, not {chosen!r}.")
    return StackConfig(home=ROOT / ".local", port=int(chosen))


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    """Return whether a program listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_loopback(*urls: str) -> None:
    """Raise LocalStackError unless every address is of this machine: nothing else is to be loaded."""
    for url in urls:
        host = urlsplit(url).hostname or ""
        if host != "localhost" and not _is_loopback(host):
            raise LocalStackError(
                f"Only a stack on this machine is loaded, not {host or 'one without a host'}."
            )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
