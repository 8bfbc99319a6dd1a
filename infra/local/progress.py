"""Progress on the screen: what happens, how long it takes, and a line every fifteen seconds of a long step."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_EVERY_S = 15


def say(line: str) -> None:
    """Print a line of progress."""
    print(f"· {line}", file=sys.stderr, flush=True)


@contextmanager
def step(title: str, takes: str) -> Iterator[None]:
    """Announce a step with a rough time, report every fifteen seconds, and print its time at the end."""
    say(f"{title} ({takes})")
    began, finished = time.monotonic(), threading.Event()
    reporter = threading.Thread(target=_report, args=(title, began, finished), daemon=True)
    reporter.start()
    try:
        yield
    finally:
        finished.set()
        reporter.join()
    say(f"{title}: done in {time.monotonic() - began:.0f} s")


def _report(title: str, began: float, finished: threading.Event) -> None:
    while not finished.wait(_EVERY_S):
        say(f"{title}: {time.monotonic() - began:.0f} s so far")
