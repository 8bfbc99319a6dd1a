"""Answers that take the same time, so that their time does not show whether an address is known (ACC-6)."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import clock, settings
from chalicelib.core.errors import Invalid, Unauthenticated


@contextmanager
def even_refusals() -> Iterator[None]:
    """Delay a refusal until `REFUSAL_MS` after the start: the pool may refuse an unknown address sooner."""
    earliest = _earliest()
    try:
        yield
    except (Unauthenticated, Invalid):
        clock.wait_until(earliest)
        raise


@contextmanager
def even_answers() -> Iterator[None]:
    """Delay every answer until `REFUSAL_MS` after the start: the pool sends a mail to known addresses only."""
    earliest = _earliest()
    try:
        yield
    finally:
        clock.wait_until(earliest)


def _earliest() -> float:
    return clock.monotonic() + int(settings.current().refusal_ms) / 1000
