"""Follow what the functions and the engine write, one line each."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local import aws
from infra.local.deploy import STACK
from infra.local.stack_config import StackConfig

_PREFIX = f"/aws/lambda/{STACK}-"
_LAMBDAS_OWN = ("START ", "END ", "REPORT ")
_WIDTH = 16
_LAST_LINES = 20
_POLL_S = 1


def follow(config: StackConfig, since_s: int) -> None:
    """Print the functions' lines of the last `since_s` seconds and the engine's last lines; follow both."""
    client = aws.client(config, "logs")
    engine = EngineLog(config.log)
    shown: set[tuple[int, str]] = set()
    start_ms = int(time.time() - since_s) * 1000
    while True:
        for line in engine.lines():
            print(labelled("engine", line), flush=True)
        fresh = sorted(set(_lines(client, start_ms)) - shown)
        for _, line in fresh:
            print(line, flush=True)
        shown.update(fresh)
        time.sleep(_POLL_S)


class EngineLog:
    """The engine's log file, read from its last lines on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position: int | None = None

    def lines(self) -> list[str]:
        """Return the whole lines written since the last call; at first, the last ones of the file."""
        if not self._path.exists():
            return []
        first, start = self._position is None, self._position or 0
        if start > self._path.stat().st_size:
            start = 0  # `make reset` began a new file
        with self._path.open("rb") as log:
            log.seek(start)
            content = log.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._position = start + len(whole)
        found = whole.decode(errors="replace").splitlines()
        return found[-_LAST_LINES:] if first else found


def labelled(source: str, line: str) -> str:
    """Return a line of the output: where it comes from, and its text."""
    return f"{source:<{_WIDTH}} {line.rstrip()}"


def _lines(client: Any, start_ms: int) -> Iterator[tuple[int, str]]:
    for group in client.describe_log_groups(logGroupNamePrefix=_PREFIX)["logGroups"]:
        name = group["logGroupName"]
        for event in client.filter_log_events(logGroupName=name, startTime=start_ms)["events"]:
            if not event["message"].startswith(_LAMBDAS_OWN):
                yield event["timestamp"], labelled(name.removeprefix(_PREFIX), event["message"])
