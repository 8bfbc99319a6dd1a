"""The one module that knows the CEL engine; it is loaded by the first campaign that needs it (CAM-1)."""

import importlib.util
import logging
import math
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.machinery import PathFinder
from typing import Any, Protocol

from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, InvalidExpression, Unevaluable

FINITE = "finite"


class Program(Protocol):
    """A compiled expression."""

    def execute(self, context: Any) -> Any:
        """Return its value."""


def compiled(text: str) -> Program:
    """Return an expression of the engine's language, compiled; NotSound with the position if it is none."""
    try:
        program: Program = _engine().compile(text)
    except ValueError as problem:
        raise InvalidExpression(
            "syntax", "this is no valid expression.", text, _offset(text, str(problem))
        ) from None
    return program


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Program:
    """Return what tells whether `text` matches a pattern; the pattern must have been read before."""
    return compiled(f"text.matches({quoted(pattern)})")


def scope(values: Mapping[str, Any]) -> Any:
    """Return what expressions see of a lead; a field with more than 100 values is not there (CAM-2)."""
    seen = {
        key: value
        for key, value in values.items()
        if not (isinstance(value, list) and len(value) > MAX_VALUES)
    }
    return _engine().Context(variables={"lead": seen}, functions={FINITE: _finite})


def run(program: Program, context: Any) -> Any:
    """Return the value of a program; Unevaluable, saying nothing of the lead, whatever stands in its way (CAM-2)."""
    try:
        return _finite(program.execute(context))
    except BaseException as problem:  # a panic of the engine is no Exception
        if isinstance(problem, KeyboardInterrupt | SystemExit):
            raise
        raise Unevaluable from None


def quoted(text: str) -> str:
    """Return a text as the engine's language writes it."""
    signs = {"\\": "\\\\", '"': '\\"'}
    written = (signs.get(sign, sign if sign.isprintable() else f"\\U{ord(sign):08x}") for sign in text)
    return '"' + "".join(written) + '"'


def _finite(value: Any) -> Any:
    """Return a value unless it is no number or one without end: nothing may be accepted by a division by zero."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ArithmeticError
    return value


@cache
def _engine() -> Any:
    """Load the engine alone: its package also loads a command line, which takes ten times as long."""
    logging.getLogger("cel").disabled = True  # it warns of every value that `finite` refuses
    package = importlib.util.find_spec("cel")
    spec = PathFinder.find_spec("cel.cel", package.submodule_search_locations if package else [])
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("cel")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _offset(text: str, message: str) -> int:
    """Return the place that the engine names as `<input>:line:character`, the beginning if it names none."""
    _, _, rest = message.partition("ERROR: <input>:")
    line, _, rest = rest.partition(":")
    character, _, _ = rest.partition(":")
    if not (line.isdigit() and character.isdigit()):
        return 0
    before = text.split("\n")[: int(line) - 1]
    return min(sum(len(one) + 1 for one in before) + int(character) - 1, len(text))
