"""Read an expression: parse it, check it, and bound its cost before there is a lead (CAM-2)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from chalicelib.campaigns.domain.criteria.cel.engine import compiled
from chalicelib.campaigns.domain.criteria.cel.expression import Expression
from chalicelib.campaigns.domain.criteria.cel.language import ValueType
from chalicelib.campaigns.domain.criteria.cel.parser import Parser
from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression
from chalicelib.campaigns.domain.criteria.cel.tokens import tokens_of

MAX_CHARACTERS = 1_000
MAX_COST = 10_000


@lru_cache(maxsize=1024)
def read(text: str) -> Expression:
    """Return a stored expression, ready to be compiled. Its fields and cost were checked when it was saved."""
    return read_with(text, None)


def read_with(text: str, fields: Mapping[str, ValueType] | None) -> Expression:
    """Return an expression over these fields, ready to compile; raise InvalidExpression with the position (CAM-2)."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidExpression("too_long", f"an expression can have at most {MAX_CHARACTERS} characters.")
    tokens = tokens_of(text)
    compiled(text)
    expression = Parser(text, tokens, fields).parse()
    if fields is not None and expression.cost > MAX_COST:
        raise InvalidExpression(
            "too_heavy", f"the expression can cost {expression.cost} steps, more than {MAX_COST}."
        )
    return replace(expression, text=expression.guarded, risky=False)
