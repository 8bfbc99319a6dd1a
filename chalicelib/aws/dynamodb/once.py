"""Values that are read once in a request, such as the open forget orders (PRI-8a)."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_values: ContextVar[dict[str, Any] | None] = ContextVar("values of the request", default=None)


class request:  # noqa: N801  # used as a function: `with once.request():`
    """Keep what `in_request` reads until the block ends. A request is short: at most the 29 seconds of the API."""

    def __enter__(self) -> None:
        self._token = _values.set({})

    def __exit__(self, *_: object) -> None:
        _values.reset(self._token)


def in_request(name: str, read: Callable[[], T]) -> T:
    """Return the value that this request has read under `name`, or read it now. Outside of a request read it each time.

    Example:
        >>> with request():
        ...     [in_request("number", lambda: number) for number in (1, 2)]
        [1, 1]
        >>> in_request("number", lambda: 3)
        3
    """
    values = _values.get()
    if values is None:
        return read()
    if name not in values:
        values[name] = read()
    value: T = values[name]
    return value
