"""The only module that uses the CEL engine. It is loaded by the first campaign that needs it (CAM-1)."""

import importlib.util
import logging
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.machinery import PathFinder
from typing import Any, Protocol

from chalicelib.campaigns.domain.criteria.cel.functions import FUNCTIONS, finite
from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, InvalidExpression, Unevaluable


class Program(Protocol):
    """A compiled expression."""

    def execute(self, context: Any) -> Any:
        """Return the value of the expression."""


def compiled(text: str) -> Program:
    """Return the compiled expression; raise InvalidExpression with the position if it is not valid CEL."""
    try:
        program: Program = _engine().compile(text)
    except ValueError as problem:
        raise InvalidExpression(
            "syntax", "this is not a valid expression.", text, _offset(text, str(problem))
        ) from None
    return program


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Program:
    """Return a program that matches `text` against a pattern, which must have been checked before."""
    return compiled(f"text.matches({quoted(pattern)})")


def scope(values: Mapping[str, Any]) -> Any:
    """Return the values of a lead for expressions, without fields of more than 100 values (CAM-2)."""
    visible = {
        key: value
        for key, value in values.items()
        if not (isinstance(value, list) and len(value) > MAX_VALUES)
    }
    return _engine().Context(variables={"lead": visible}, functions=dict(FUNCTIONS))


def run(program: Program, context: Any) -> Any:
    """Return the value of a program; raise Unevaluable, without any value of the lead, if it fails (CAM-2)."""
    try:
        return finite(program.execute(context))
    except BaseException as problem:  # a panic of the engine is not an Exception
        if isinstance(problem, KeyboardInterrupt | SystemExit):
            raise
        raise Unevaluable from None


def quoted(text: str) -> str:
    """Return a text as a CEL literal."""
    escapes = {"\\": "\\\\", '"': '\\"'}
    characters = (
        escapes.get(character, character if character.isprintable() else f"\\U{ord(character):08x}")
        for character in text
    )
    return '"' + "".join(characters) + '"'


@cache
def _engine() -> Any:
    """Return the engine module only. Its package also loads a command line, which takes ten times as long."""
    logging.getLogger("cel").disabled = True  # it warns about every value that `finite` refuses
    package = importlib.util.find_spec("cel")
    spec = PathFinder.find_spec("cel.cel", package.submodule_search_locations if package else [])
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("cel")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _offset(text: str, message: str) -> int:
    """Return the offset of `<input>:line:character` in the engine's message, 0 without one."""
    _, _, rest = message.partition("ERROR: <input>:")
    line, _, rest = rest.partition(":")
    character, _, _ = rest.partition(":")
    if not (line.isdigit() and character.isdigit()):
        return 0
    before = text.split("\n")[: int(line) - 1]
    return min(sum(len(line_before) + 1 for line_before in before) + int(character) - 1, len(text))
