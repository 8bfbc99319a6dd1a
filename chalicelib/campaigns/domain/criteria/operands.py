"""The tests of the operators of criteria (CAM-1)."""

import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.campaigns.domain.criteria.cel.problems import Unevaluable
from chalicelib.campaigns.domain.criteria.lead_values import LeadValues, Reader
from chalicelib.core.times import stored_instant

FieldTest = Callable[[LeadValues], bool]
"""Returns True if any value of its field passes. It may raise Unevaluable."""
NEGATIVE = {"not_equals": "equals", "none_of": "one_of"}
"""Operators that negate another one."""


def field_test(field: str, op: str, value: Any) -> FieldTest:
    """Return the test of an operator on a field; raise KeyError, TypeError or ValueError if it is not valid."""
    return _TESTS[op](field, value)


def is_number(value: Any) -> bool:
    """Return True if a value of a criterion compares as a number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def moment(value: str) -> date | int:
    """Return the day or the instant in a text; raise ValueError for any other text."""
    return date.fromisoformat(value) if len(value) == 10 else stored_instant(value)


def _equals(field: str, wanted: Any) -> FieldTest:
    reader, value = _alike(wanted)
    return lambda lead: value in lead.read(field, reader)


def _one_of(field: str, wanted: list[Any]) -> FieldTest:
    values_by_reader: dict[Reader, set[Any]] = {}
    for reader, value in map(_alike, wanted):
        values_by_reader.setdefault(reader, set()).add(value)
    return lambda lead: any(
        not values.isdisjoint(lead.read(field, reader)) for reader, values in values_by_reader.items()
    )


def _at_least(field: str, wanted: Any) -> FieldTest:
    reader, least = _ordered(wanted)
    return lambda lead: bool(max(lead.read(field, reader)) >= least)


def _at_most(field: str, wanted: Any) -> FieldTest:
    reader, most = _ordered(wanted)
    return lambda lead: bool(min(lead.read(field, reader)) <= most)


def _between(field: str, wanted: list[Any]) -> FieldTest:
    (reader, least), (other, most) = map(_ordered, wanted)
    if reader is not other:
        raise TypeError
    return lambda lead: any(least <= value <= most for value in lead.read(field, reader))


def _text_test(compare: Callable[[str, str], bool]) -> Callable[[str, str], FieldTest]:
    def test_of(field: str, wanted: str) -> FieldTest:
        folded_text = folded(wanted)
        return lambda lead: any(compare(value, folded_text) for value in lead.read(field, _text))

    return test_of


def _matches(field: str, wanted: str) -> FieldTest:
    from chalicelib.campaigns.domain.criteria.cel import engine
    from chalicelib.campaigns.domain.criteria.cel.patterns import read_pattern

    pattern = read_pattern(wanted).text

    def matches(lead: LeadValues) -> bool:
        program = engine.matcher(pattern)
        return any(engine.run(program, {"text": value}) for value in lead.read(field, _as_stored))

    return matches


def _alike(wanted: Any) -> tuple[Reader, Any]:
    if isinstance(wanted, bool):
        return _boolean, wanted
    if is_number(wanted):
        return _number, Decimal(str(wanted))
    return _text, folded(wanted)


def _ordered(wanted: Any) -> tuple[Reader, Any]:
    if is_number(wanted):
        return _number, Decimal(str(wanted))
    wanted = moment(wanted)
    return (_date if isinstance(wanted, date) else _instant), wanted


def folded(text: str) -> str:
    """Return a text in the form in which it is compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _boolean(stored: Any) -> bool:
    if not isinstance(stored, bool):
        raise Unevaluable
    return stored


def _number(stored: Any) -> Decimal:
    if isinstance(stored, bool):
        raise Unevaluable
    try:
        number = Decimal(str(stored))
    except InvalidOperation:
        raise Unevaluable from None
    if not number.is_finite():
        raise Unevaluable
    return number


def _as_stored(stored: Any) -> str:
    if not isinstance(stored, str):
        raise Unevaluable
    return stored


def _text(stored: Any) -> str:
    return folded(_as_stored(stored))


def _date(stored: Any) -> date:
    try:
        return date.fromisoformat(_as_stored(stored))
    except ValueError:
        raise Unevaluable from None


def _instant(stored: Any) -> int:
    try:
        return stored_instant(_as_stored(stored))
    except ValueError:
        raise Unevaluable from None


_TESTS: dict[str, Callable[[str, Any], FieldTest]] = {
    "equals": _equals,
    "one_of": _one_of,
    "at_least": _at_least,
    "at_most": _at_most,
    "between": _between,
    "starts_with": _text_test(str.startswith),
    "ends_with": _text_test(str.endswith),
    "contains": _text_test(str.__contains__),
    "matches": _matches,
}
