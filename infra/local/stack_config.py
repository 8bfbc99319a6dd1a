"""Where one local stack lives: its directory, its port, the region it plays."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
STAGE = "local"
DEFAULT_PORT = 4566


class LocalStackError(Exception):
    """The local stack cannot do what was asked; the message is one line that says what to do."""


@dataclass(frozen=True)
class StackConfig:
    """One local stack: everything it writes is under `home`, it answers on 127.0.0.1:`port`.

    A throwaway stack keeps nothing when it stops and records every AWS call (for tests).
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
        """What the engine keeps between runs."""
        return self.home / "state"

    @property
    def log(self) -> Path:
        """What the engine says."""
        return self.home / "engine.log"

    @property
    def process_file(self) -> Path:
        """The engine's process id and port."""
        return self.home / "engine.json"

    @property
    def build(self) -> Path:
        """The packaged application."""
        return self.home / "build"

    @property
    def stack_file(self) -> Path:
        """What programs need to talk to the stack (addresses, sign-ins)."""
        return self.home / "stack.json"


def of_this_checkout() -> StackConfig:
    """Return the checkout's own stack: `.local/` and LEADWARDEN_PORT (4566 unless set)."""
    chosen = os.environ.get("LEADWARDEN_PORT") or str(DEFAULT_PORT)
    if not chosen.isdigit() or not 1024 <= int(chosen) <= 65535:
        raise LocalStackError(f"LEADWARDEN_PORT must be a number from 1024 to 65535, not {chosen!r}.")
    return StackConfig(home=ROOT / ".local", port=int(chosen))


def free_port() -> int:
    """Return a port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
