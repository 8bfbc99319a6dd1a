"""Whether a value of a criterion fits its field, and the order of such values (CAM-2)."""

from decimal import Decimal
from typing import Any

from chalicelib.campaigns.domain.criteria.operands import folded, is_number, moment
from chalicelib.core.times import day_start, parse_instant
from chalicelib.organisation.domain import field_types
from chalicelib.organisation.domain.configuration import Field


def fits(entry: Field, value: Any) -> bool:
    """Return True if a value has the form of a stored one, so that it can equal it."""
    if entry.kind == "boolean":
        return isinstance(value, bool)
    if entry.kind == "number":
        return _is_finite(value)
    if entry.kind == "calculated":
        return isinstance(value, str | bool) or _is_finite(value)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 1_000:
        return False
    try:
        stored = field_types.read_value(entry.kind, value, "ZZ")
    except field_types.UnreadableValue:
        return False
    chosen = entry.kind != "choice" or value.strip() in entry.choices
    return chosen and folded(stored) == folded(value)


def _is_finite(value: Any) -> bool:
    return is_number(value) and Decimal(str(value)).is_finite()


def order(entry: Field, value: Any) -> Any:
    """Return a bound in the form in which it compares; None if it does not fit the field."""
    if entry.kind in ("number", "calculated") and _is_finite(value):
        return Decimal(str(value))
    if entry.kind == "number" or not isinstance(value, str):
        return None
    try:
        bound = moment(value)
        (day_start if len(value) == len("2026-11-21") else parse_instant)(
            value
        )  # `moment` reads what is stored
    except ValueError:
        return None
    return bound if entry.kind == "calculated" or (len(value) == 10) is (entry.kind == "date") else None
