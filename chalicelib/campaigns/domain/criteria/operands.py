"""What a lead says to one operator of a criterion (CAM-1)."""

import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.campaigns.domain.criteria.cel.problems import Unevaluable
from chalicelib.campaigns.domain.criteria.lead_values import LeadValues, Reader
from chalicelib.core.times import parse_instant

Question = Callable[[LeadValues, str], bool]
"""What is asked of one field of a lead: whether any of its values meets it. It may say Unevaluable."""
NEGATIVE = {"not_equals": "equals", "none_of": "one_of"}
"""Operators that are met by what does not meet another one."""


def question(op: str, value: Any) -> Question:
    """Return what an operator asks of a field; KeyError, TypeError or ValueError if it cannot be asked."""
    return _QUESTIONS[op](value)


def is_number(value: Any) -> bool:
    """Tell whether a value of a criterion compares as a number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def moment(value: str) -> date | int:
    """Return the day or the instant that a text means; ValueError if it means none."""
    return date.fromisoformat(value) if len(value) == 10 else parse_instant(value)


def _equals(wanted: Any) -> Question:
    reader, same = _alike(wanted)
    return lambda lead, field: same in lead.read(field, reader)


def _one_of(wanted: list[Any]) -> Question:
    sought: dict[Reader, set[Any]] = {}
    for reader, same in map(_alike, wanted):
        sought.setdefault(reader, set()).add(same)
    return lambda lead, field: any(
        not values.isdisjoint(lead.read(field, reader)) for reader, values in sought.items()
    )


def _at_least(wanted: Any) -> Question:
    reader, least = _ordered(wanted)
    return lambda lead, field: bool(max(lead.read(field, reader)) >= least)


def _at_most(wanted: Any) -> Question:
    reader, most = _ordered(wanted)
    return lambda lead, field: bool(min(lead.read(field, reader)) <= most)


def _between(wanted: list[Any]) -> Question:
    (reader, least), (other, most) = map(_ordered, wanted)
    if reader is not other:
        raise TypeError
    return lambda lead, field: any(least <= one <= most for one in lead.read(field, reader))


def _text_question(ask: Callable[[str, str], bool]) -> Callable[[str], Question]:
    def asking(wanted: str) -> Question:
        sought = folded(wanted)
        return lambda lead, field: any(ask(one, sought) for one in lead.read(field, _text))

    return asking


def _matches(wanted: str) -> Question:
    from chalicelib.campaigns.domain.criteria.cel import engine
    from chalicelib.campaigns.domain.criteria.cel.patterns import read_pattern

    pattern = read_pattern(wanted).text

    def asked(lead: LeadValues, field: str) -> bool:
        program = engine.matcher(pattern)
        return any(engine.run(program, {"text": one}) for one in lead.read(field, _as_stored))

    return asked


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
    """Return a text as it is compared."""
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
        return parse_instant(_as_stored(stored))
    except ValueError:
        raise Unevaluable from None


_QUESTIONS: dict[str, Callable[[Any], Question]] = {
    "equals": _equals,
    "one_of": _one_of,
    "at_least": _at_least,
    "at_most": _at_most,
    "between": _between,
    "starts_with": _text_question(str.startswith),
    "ends_with": _text_question(str.endswith),
    "contains": _text_question(str.__contains__),
    "matches": _matches,
}
