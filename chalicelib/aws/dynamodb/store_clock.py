"""The store's clock, from the date of its answers: a second opinion before something is erased for good (RET-16)."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

from chalicelib.aws.dynamodb import rows

_ANSWERED = "after-call.dynamodb"


def seconds_ahead(read: Callable[[], object], now: int) -> int:
    """Call `read`, which asks the store, and return how many seconds `now` is ahead of the store's clock.

    Negative if it is behind; 0 if the answer has no date.
    """
    differences: list[int] = []

    def note(http_response: Any, **_: object) -> None:
        date = http_response.headers.get("date")
        if date:
            differences.append(now - int(parsedate_to_datetime(date).timestamp()))

    read()  # the first call makes the client
    events = rows.connection().client.meta.events
    events.register(_ANSWERED, note)
    try:
        read()
    finally:
        events.unregister(_ANSWERED, note)
    return differences[-1] if differences else 0
