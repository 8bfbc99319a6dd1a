"""Conditions as DynamoDB documents them, made into functions once for each text."""

import functools
import operator
from collections.abc import Callable
from typing import Any

from tests.harness.conflicts.tables import values
from tests.harness.conflicts.tables.paths import Given, Path, Words
from tests.harness.conflicts.tables.values import Invalid, Item, Value

Operand = Callable[[Item, Given], Value | None]
Test = Callable[[Item, Given], bool]
_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_FUNCTIONS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")


@functools.cache
def condition(text: str) -> tuple[Test, frozenset[str]]:
    """Return a condition as a function, and the placeholders that it uses."""
    words = Words(text)
    made = _any_of(words)
    if words.next:
        raise Invalid("syntax error in a condition")
    return made, words.used


def holds(text: str | None, item: Item | None, given: Given) -> bool:
    """Return whether a condition holds for a row, or for the absence of one."""
    return text is None or condition(text)[0](item or {}, given)


def _any_of(words: Words) -> Test:
    parts = [_all_of(words)]
    while words.skip("OR"):
        parts.append(_all_of(words))
    return parts[0] if len(parts) == 1 else lambda item, given: any(part(item, given) for part in parts)


def _all_of(words: Words) -> Test:
    parts = [_negated(words)]
    while words.skip("AND"):
        parts.append(_negated(words))
    return parts[0] if len(parts) == 1 else lambda item, given: all(part(item, given) for part in parts)


def _negated(words: Words) -> Test:
    if words.skip("NOT"):
        inner = _negated(words)
        return lambda item, given: not inner(item, given)
    return _single(words)


def _single(words: Words) -> Test:
    if words.skip("("):
        inner = _any_of(words)
        words.require(")")
        return inner
    if words.next in _FUNCTIONS and words.second == "(":
        return _function(words)
    return _comparison(words)


def _function(words: Words) -> Test:
    name = words.take()
    words.require("(")
    if name in ("attribute_exists", "attribute_not_exists"):
        path, wanted = Path(words), name == "attribute_exists"
        words.require(")")
        return lambda item, given: (path.read(item, given) is not None) is wanted
    first = operand(words)
    words.require(",")
    second = operand(words)
    words.require(")")
    does = {"attribute_type": _is_of_type, "begins_with": _begins, "contains": values.contains}[name]
    return lambda item, given: does(first(item, given), second(item, given))


def _is_of_type(value: Value | None, kind: Value | None) -> bool:
    if kind is None or "S" not in kind:
        raise Invalid("a type is named by a text")
    return value is not None and kind["S"] in value


def _begins(value: Value | None, prefix: Value | None) -> bool:
    if prefix is None or not prefix.keys() & {"S", "B"}:
        raise Invalid("only text begins with something")
    pair = values.ordered(value, prefix)
    return pair is not None and pair[0].startswith(pair[1])


def _comparison(words: Words) -> Test:
    left = operand(words)
    if words.skip("BETWEEN"):
        low = operand(words)
        words.require("AND")
        high = operand(words)
        return lambda item, given: (
            _compare(operator.ge, left(item, given), low(item, given))
            and _compare(operator.le, left(item, given), high(item, given))
        )
    if words.skip("IN"):
        members = _members(words)
        return lambda item, given: any(
            values.equal(left(item, given), member(item, given)) for member in members
        )
    sign, right = words.take(), operand(words)
    if sign == "=":
        return lambda item, given: values.equal(left(item, given), right(item, given))
    if sign == "<>":
        return lambda item, given: not values.equal(left(item, given), right(item, given))
    if sign not in _COMPARED:
        raise Invalid("syntax error in a comparison")
    compared = _COMPARED[sign]
    return lambda item, given: _compare(compared, left(item, given), right(item, given))


def _members(words: Words) -> list[Operand]:
    words.require("(")
    members = [operand(words)]
    while words.skip(","):
        members.append(operand(words))
    words.require(")")
    return members


def _compare(compared: Callable[[Any, Any], bool], left: Value | None, right: Value | None) -> bool:
    pair = values.ordered(left, right)
    return pair is not None and compared(*pair)


def operand(words: Words) -> Operand:
    """Read a placeholder, a path, or the size of one."""
    if words.next.startswith(":"):
        name = words.take()
        return lambda item, given: given.value(name)
    if words.next == "size" and words.second == "(":
        words.take()
        words.require("(")
        inner = operand(words)
        words.require(")")
        return lambda item, given: values.length(inner(item, given))
    return Path(words).read
