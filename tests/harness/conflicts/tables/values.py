"""Values as DynamoDB sends them (`{"S": "a"}`), compared and measured by its documented rules."""

import base64
import functools
from decimal import Decimal
from typing import Any

from tests.harness import units

Value = dict[str, Any]
Item = dict[str, Value]
_ORDERED = frozenset({"S", "N", "B"})
_SETS = {"SS": "S", "NS": "N", "BS": "B"}


class Invalid(Exception):
    """A request that DynamoDB refuses as invalid (ValidationException)."""


@functools.lru_cache(maxsize=100_000)
def number(text: str) -> Decimal:
    """Return a number of the wire."""
    return Decimal(text)


def plain(value: Value) -> Any:
    """Return a value that can be compared and be a key: numbers as numbers, sets without order."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return number(content)
        case "NS":
            return kind, frozenset(map(number, content))
        case "SS" | "BS":
            return kind, frozenset(content)
        case "L":
            return kind, tuple(plain_of_kind(one) for one in content)
        case "M":
            return kind, tuple(sorted((name, plain_of_kind(one)) for name, one in content.items()))
    return content


def plain_of_kind(value: Value) -> tuple[str, Any]:
    """Return the same with its type."""
    return next(iter(value)), plain(value)


def equal(one: Value | None, other: Value | None) -> bool:
    """Return whether two values are equal, of one type. An absent value equals nothing."""
    if one is None or other is None or one.keys() != other.keys():
        return False
    return one == other or bool(plain(one) == plain(other))


def ordered(one: Value | None, other: Value | None) -> tuple[Any, Any] | None:
    """Return two values in a form with an order, or None if they have none: of two types, or absent."""
    if one is None or other is None:
        return None
    kind = next(iter(one))
    if kind not in _ORDERED or kind not in other:
        return None
    return _sorted_form(kind, one[kind]), _sorted_form(kind, other[kind])


def _sorted_form(kind: str, content: str) -> Any:
    if kind == "S":
        return content.encode()
    return number(content) if kind == "N" else base64.b64decode(content)


def contains(whole: Value | None, part: Value | None) -> bool:
    """Return whether a text, a set or a list contains a value."""
    if whole is None or part is None:
        return False
    ((kind, content),) = whole.items()
    if kind == "L":
        return any(equal(one, part) for one in content)
    if kind in _SETS:
        return _SETS[kind] in part and plain(part) in plain(whole)[1]
    return kind == "S" in part and part["S"] in content


def length(value: Value | None) -> Value | None:
    """Return what the function `size` returns: characters, bytes or members; None for types without a size."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind == "B":
        return {"N": str(len(base64.b64decode(content)))}
    return {"N": str(len(content))} if kind in {"S", "L", "M", *_SETS} else None


def bytes_of(item: Item) -> int:
    """Return the size of an item."""
    return units.item_bytes(item)


def text_of(value: Decimal) -> str:
    """Return a number as DynamoDB writes it: without an exponent and without trailing zeros."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
