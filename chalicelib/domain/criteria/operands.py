"""What one stored value says to one operator of a criterion (CAM-1)."""

import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.domain.expressions.problems import Unevaluable
from chalicelib.domain.times import parse_instant

Question = Callable[[Any], bool]
NEGATIVE = {"not_equals": "equals", "none_of": "one_of"}
"""Operators that are met by what does not meet another one."""


def question(op: str, value: Any) -> Question:
    """Return what an operator asks of one stored value; KeyError, TypeError or ValueError if it cannot be asked."""
    return _QUESTIONS[op](value)


def is_number(value: Any) -> bool:
    """Tell whether a value of a criterion compares as a number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def moment(value: str) -> date | int:
    """Return the day or the instant that a text means; ValueError if it means none."""
    return date.fromisoformat(value) if len(value) == 10 else parse_instant(value)


def _equals(wanted: Any) -> Question:
    alike, same = _alike(wanted)
    return lambda stored: alike(stored) == same


def _one_of(wanted: list[Any]) -> Question:
    several = [_equals(one) for one in wanted]
    return lambda stored: any(one(stored) for one in several)


def _at_least(wanted: Any) -> Question:
    ordered, least = _ordered(wanted)
    return lambda stored: bool(ordered(stored) >= least)


def _at_most(wanted: Any) -> Question:
    ordered, most = _ordered(wanted)
    return lambda stored: bool(ordered(stored) <= most)


def _between(wanted: list[Any]) -> Question:
    low, high = wanted
    above, below = _at_least(low), _at_most(high)
    return lambda stored: above(stored) and below(stored)


def _text_question(ask: Callable[[str, str], bool]) -> Callable[[str], Question]:
    def asking(wanted: str) -> Question:
        sought = folded(wanted)
        return lambda stored: ask(_text(stored), sought)

    return asking


def _matches(wanted: str) -> Question:
    from chalicelib.domain.expressions import engine
    from chalicelib.domain.expressions.patterns import read_pattern

    pattern = read_pattern(wanted).text
    return lambda stored: bool(engine.run(engine.matcher(pattern), {"text": _as_stored(stored)}))


def _alike(wanted: Any) -> tuple[Callable[[Any], Any], Any]:
    if isinstance(wanted, bool):
        return _boolean, wanted
    if is_number(wanted):
        return _number, Decimal(str(wanted))
    return _text, folded(wanted)


def _ordered(wanted: Any) -> tuple[Callable[[Any], Any], Any]:
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
