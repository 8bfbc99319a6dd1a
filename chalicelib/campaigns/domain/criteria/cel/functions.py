"""Functions of expressions that the engine lacks, or computes in another way than CEL (CAM-1).

The parser writes them into the text for the engine. A value they do not accept has no result.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

_INT = re.compile(r"[+-]?[0-9]+")
_RANGE = range(-(2**63), 2**63)
_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def finite(value: Any) -> Any:
    """Return a value; raise ArithmeticError if it is infinite or NaN, so that a division by zero accepts no lead."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ArithmeticError
    return value


def _utc(time: datetime) -> datetime:
    """Return the same instant in UTC, so that its parts are those of UTC, as CEL defines them."""
    return time.astimezone(UTC)


def _size_of(value: Any) -> int:
    """Return the number of code points of a text, or of values of a list. The engine counts bytes."""
    if not isinstance(value, str | list):
        raise TypeError
    return len(value)


def _int_of(value: Any) -> int:
    """Return an integer of 64 bits: of a text, of a number (cut off), or the seconds of an instant since 1970."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // _SECOND
    if isinstance(value, bool) or (isinstance(value, str) and not _INT.fullmatch(value)):
        raise TypeError
    number = int(value)
    if number not in _RANGE:
        raise OverflowError
    return number


def _text_of(value: Any) -> str:
    """Return a value as CEL writes it: an instant in RFC 3339, a duration in seconds, a number without an exponent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        seconds, _, fraction = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").partition(".")
        return ".".join(filter(None, (seconds, fraction.rstrip("0")))) + "Z"
    if isinstance(value, timedelta):
        return f"{_plain(Decimal(value // timedelta(microseconds=1)) / 1_000_000)}s"
    if isinstance(value, float):
        return _plain(Decimal(repr(finite(value))))
    if not isinstance(value, str | int):
        raise TypeError
    return str(value)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "finite": finite,
    "utc": _utc,
    "size_of": _size_of,
    "int_of": _int_of,
    "text_of": _text_of,
}
"""The functions by their names in the text for the engine. No expression of a user can call them by these names."""
