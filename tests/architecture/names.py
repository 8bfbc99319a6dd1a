"""The names that the code uses for settings, metrics and codes."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from chalicelib import settings

CODE = Path(__file__).parents[2] / "chalicelib"
REFUSALS = {
    "Conflict": 1,
    "Invalid": 1,
    "Malformed": 1,
    "Unauthenticated": 1,
    "Forbidden": 1,
    "NotFound": 1,
    "FieldError": 1,
    "UnreadableValue": 0,
    "_must": 1,
    "value_error": 0,
}
_CODE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")


def used_settings() -> set[str]:
    """Return every environment variable the code reads."""
    source = (CODE / "settings.py").read_text(encoding="utf-8")
    request = {
        str(call.args[0].value)
        for call in _calls(ast.parse(source))
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("get", "getenv") and call.args
        if isinstance(call.args[0], ast.Constant)
    }
    return request | {name.upper() for name in settings.Settings._fields}


def used_metrics() -> set[str]:
    """Return every metric the code writes."""
    return {
        text
        for tree in _trees()
        for call in _calls(tree)
        if _name(call) in ("metric", "_metric") and call.args
        for text in _texts(call.args[0])
    }


def used_codes() -> set[str]:
    """Return every stable code of an error or of a bad field: arguments, class attributes, tables of codes."""
    names: set[str] = set()
    for tree in _trees():
        for node in ast.walk(tree):
            names |= set(_codes_of(node))
    return {code for code in names if _CODE.match(code)}


@cache
def all_strings() -> frozenset[str]:
    """Return every string and keyword of the code. A word that is missing here is not a code of the product."""
    names: set[str] = set()
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.update({node.value, *node.value.split()})
            elif isinstance(node, ast.keyword) and node.arg:
                names.add(node.arg)
    return frozenset(names)


@cache
def _trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in sorted(CODE.rglob("*.py")))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _codes_of(node: ast.AST) -> Iterator[str]:
    """Yield the codes in a node. A code is always a string literal."""
    if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["code"]:
        yield from _texts(node.value)
    if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if ast.unparse(target) in ("_OWN_WORDS", "_CODES", "_code") and isinstance(
            node.value, ast.Dict | ast.Tuple
        ):
            yield from _table(node.value)
    if isinstance(node, ast.Call):
        position = REFUSALS.get(_name(node))
        if position is not None and len(node.args) > position:
            yield from _texts(node.args[position])
        yield from (text for word in node.keywords if word.arg == "code" for text in _texts(word.value))


def _table(node: ast.Dict | ast.Tuple) -> Iterator[str]:
    entries = node.values if isinstance(node, ast.Dict) else node.elts
    for entry in entries:
        if isinstance(entry, ast.Tuple):
            yield from _texts(entry.elts[0 if isinstance(node, ast.Dict) else 1])
        else:
            yield from _texts(entry)


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield a string, or both strings of a conditional expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
