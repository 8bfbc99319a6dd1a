"""Try again after a concurrent write has cancelled a transaction."""

from collections.abc import Callable
from typing import TypeVar

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.errors import Unavailable

T = TypeVar("T")


def retrying(attempt: Callable[[int], T], *, tries: int, message: str) -> T:
    """Return what `attempt(number)` returns; call it again, after a pause, when a write was cancelled.

    `number` counts from 0. Each attempt reads its data again, because another write has changed it.
    Raise Unavailable(`message`) if the last try is cancelled, too. Every other error is raised at once.

    Example: raise a counter over the version that was read.

        def attempt(number: int) -> Counter:
            counter = store.get(counter_id, now)
            batch.write([store.raise_by_one(counter)], batch.token_of("raise", counter.id, counter.version))
            return counter

        retrying(attempt, tries=4, message="Others are changing the same counter; nothing was changed.")
    """
    for number in range(tries):
        if number:
            clock.backoff(number)
        try:
            return attempt(number)
        except batch.Cancelled:
            continue
    raise Unavailable(message)
