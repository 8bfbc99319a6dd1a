"""Load the local stack and check it: `make load`, or `python -m tests.e2e.load`. docs/testing.md says more."""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from infra.local import commands, engine, stack
from infra.local.stack_config import LocalStackError, StackConfig, free_port, require_loopback
from tests.e2e.load.load import Report, load
from tests.e2e.load.plan import LEAST, MOST
from tests.e2e.stack import Stack

_SHOWN = 20


def main() -> int:
    """Run the command line; return 0 if every invariant holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.load", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--leads", type=int, default=500, help=f"from {LEAST} to {MOST}")
    parser.add_argument("--callers", type=int, default=4, help="how many requests at once")
    parser.add_argument("--stack", type=Path, help="the stack.json of a running stack; without it a new one")
    options = parser.parse_args()
    if not LEAST <= options.leads <= MOST:
        parser.error(f"--leads is from {LEAST} to {MOST}")
    try:
        with _stack(options.stack) as loaded:
            report = load(loaded, options.seed, options.leads, options.callers)
    except LocalStackError as error:
        print(f"leadwarden: {error}", file=sys.stderr)
        return 1
    print(_text(report, loaded))
    if options.stack is None and not report.findings:
        shutil.rmtree(loaded.config.home)  # with findings its log is kept
    return 1 if report.findings else 0


@contextmanager
def _stack(described: Path | None) -> Iterator[Stack]:
    """Yield a running stack of this machine, or a new one that keeps nothing."""
    if described is not None:
        yield running(described)
        return
    place = StackConfig(home=Path(tempfile.mkdtemp(prefix="load-")), port=free_port(), throwaway=True)
    try:
        yield Stack(place, commands.up(place), int(time.time()))
    finally:
        engine.stop(place)


def running(described: Path) -> Stack:
    """Return the stack that a stack file describes; raise LocalStackError if it is not on this machine."""
    content = stack.read(StackConfig(home=described.parent, port=0))
    if content is None:
        raise LocalStackError(f"There is no stack in {described}: make up")
    require_loopback(content["endpoint_url"], content["api_url"])
    port = urlsplit(content["endpoint_url"]).port or 80
    return Stack(StackConfig(home=described.parent, port=port), content, int(time.time()))


def _text(report: Report, loaded: Stack) -> str:
    lines = [report.summary, "", report.table, ""]
    if not report.findings:
        return "\n".join([*lines, "Every invariant holds."])
    shown = [f"  {finding}" for finding in report.findings[:_SHOWN]]
    return "\n".join(
        [*lines, f"{len(report.findings)} findings:", *shown, f"The engine's log: {loaded.config.log}"]
    )


if __name__ == "__main__":
    sys.exit(main())
