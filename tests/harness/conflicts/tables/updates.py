"""Updates as DynamoDB documents them: SET, REMOVE, ADD, DELETE. All operands are those of the row before the update."""

import copy
import functools
from collections.abc import Callable
from typing import Any

from tests.harness.conflicts.tables import values
from tests.harness.conflicts.tables.paths import Given, Path, Step, Words
from tests.harness.conflicts.tables.values import Invalid, Item, Value

Source = Callable[[Item, Given], Value]
Change = Callable[[Item, Item, Given], None]
_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")
_SETS = {"SS", "NS", "BS"}


@functools.cache
def update(text: str) -> tuple[list[Change], frozenset[str]]:
    """Return the changes of an update, and the placeholders that it uses."""
    words = Words(text)
    changes, seen = list[Change](), set[str]()
    while words.next:
        clause = words.take().upper()
        if clause not in _CLAUSES or clause in seen:
            raise Invalid("syntax error in an update")
        seen.add(clause)
        changes.append(_CHANGES[clause](words))
        while words.skip(","):
            changes.append(_CHANGES[clause](words))
    if not changes:
        raise Invalid("an update is empty")
    return changes, words.used


def updated(text: str, item: Item, given: Given) -> Item:
    """Return the row after an update."""
    changes, _ = update(text)
    after = dict(item) if _is_flat(text) else copy.deepcopy(item)
    for change in changes:
        change(item, after, given)
    return after


def _is_flat(text: str) -> bool:
    return "." not in text and "[" not in text


def _set(words: Words) -> Change:
    path = Path(words)
    words.require("=")
    source = _sum(words)

    def change(before: Item, after: Item, given: Given) -> None:
        _write(after, path.steps(given), source(before, given))

    return change


def _sum(words: Words) -> Source:
    first = _source(words)
    if words.next not in ("+", "-"):
        return first
    sign, second = words.take(), _source(words)

    def source(item: Item, given: Given) -> Value:
        one, other = _number(first(item, given)), _number(second(item, given))
        return {"N": values.text_of(one + other if sign == "+" else one - other)}

    return source


def _source(words: Words) -> Source:
    if words.next in ("if_not_exists", "list_append") and words.second == "(":
        name = words.take()
        words.require("(")
        if name == "if_not_exists":
            return _if_absent(words)
        return _appended(words)
    if words.next.startswith(":"):
        name = words.take()
        return lambda item, given: given.value(name)
    path = Path(words)

    def source(item: Item, given: Given) -> Value:
        value = path.read(item, given)
        if value is None:
            raise Invalid("an update reads an attribute that does not exist")
        return value

    return source


def _if_absent(words: Words) -> Source:
    path = Path(words)
    words.require(",")
    other = _source(words)
    words.require(")")
    return lambda item, given: path.read(item, given) or other(item, given)


def _appended(words: Words) -> Source:
    first = _source(words)
    words.require(",")
    second = _source(words)
    words.require(")")

    def source(item: Item, given: Given) -> Value:
        lists = [one(item, given) for one in (first, second)]
        if not all("L" in one for one in lists):
            raise Invalid("only lists are appended")
        return {"L": [member for one in lists for member in one["L"]]}

    return source


def _remove(words: Words) -> Change:
    path = Path(words)

    def change(before: Item, after: Item, given: Given) -> None:
        _write(after, path.steps(given), None)

    return change


def _add(words: Words) -> Change:
    path, name = Path(words), words.take()

    def change(before: Item, after: Item, given: Given) -> None:
        value, present = given.value(name), path.read(before, given)
        kind = next(iter(value))
        if kind not in _SETS | {"N"} or (present is not None and kind not in present):
            raise Invalid("only a number or a set of the same type is added")
        if present is None:
            added = value
        elif kind == "N":
            added = {"N": values.text_of(_number(present) + _number(value))}
        else:
            added = {kind: list(dict.fromkeys(present[kind] + value[kind]))}
        _write(after, path.steps(given), added)

    return change


def _delete(words: Words) -> Change:
    path, name = Path(words), words.take()

    def change(before: Item, after: Item, given: Given) -> None:
        value, present = given.value(name), path.read(before, given)
        kind = next(iter(value))
        if kind not in _SETS or (present is not None and kind not in present):
            raise Invalid("only a set of the same type is deleted")
        if present is not None:
            left = [one for one in present[kind] if one not in value[kind]]
            _write(after, path.steps(given), {kind: left} if left else None)

    return change


_CHANGES: dict[str, Callable[[Words], Change]] = {
    "SET": _set,
    "REMOVE": _remove,
    "ADD": _add,
    "DELETE": _delete,
}


def _write(item: Item, steps: list[Step], value: Value | None) -> None:
    """Write a value at a path, or remove what is there."""
    *way, last = steps
    inside: Any = item
    for step in way:
        inside = _inside(inside, step)
    if isinstance(last, int):
        _write_member(inside, last, value)
    elif value is not None:
        inside[last] = value
    else:
        inside.pop(last, None)


def _inside(container: Any, step: Step) -> Any:
    try:
        value = container[step]
    except (KeyError, IndexError, TypeError):
        value = {}
    for kind in ("M", "L"):
        if kind in value:
            return value[kind]
    raise Invalid("the path of an update does not exist")


def _write_member(members: Any, at: int, value: Value | None) -> None:
    if not isinstance(members, list):
        raise Invalid("only a list has an index")
    if value is None:
        del members[at : at + 1]
    elif at < len(members):
        members[at] = value
    else:
        members.append(value)


def _number(value: Value) -> Any:
    if "N" not in value:
        raise Invalid("only numbers are added up")
    return values.number(value["N"])
