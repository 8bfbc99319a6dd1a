"""The position of the parser in an expression, and the checks that all its parts share (CAM-2)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.cel.engine import compiled, run, scope
from chalicelib.campaigns.domain.criteria.cel.expression import Expression
from chalicelib.campaigns.domain.criteria.cel.language import ValueType
from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression, Unevaluable
from chalicelib.campaigns.domain.criteria.cel.tokens import Token


class Cursor:
    """Tokens from left to right. Kinds and constants are checked on save only, when the fields are known."""

    def __init__(self, text: str, tokens: list[Token], fields: Mapping[str, ValueType] | None) -> None:
        self.text = text
        self.tokens = tokens
        self.fields = fields
        self.position = 0

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    def error(self, code: str, message: str, token: Token | None = None) -> InvalidExpression:
        return InvalidExpression(code, message, self.text, (token or self.current).offset)

    def advance(self) -> Token:
        token = self.current
        self.position += token.sort != "end"
        return token

    def accept(self, *signs: str) -> Token | None:
        return (
            self.advance() if self.current.sort in ("sign", "name") and self.current.text in signs else None
        )

    def expect(self, sign: str) -> None:
        if self.accept(sign) is None:
            raise self.error("syntax", f"a {sign} is missing here.")

    def require(self, condition: bool, message: str, token: Token) -> None:
        """Refuse a kind of value on save. A saved expression is not refused later; its value is unevaluable."""
        if self.fields is not None and not condition:
            raise self.error("type", message, token)

    def require_kind(self, argument: Expression, kinds: set[ValueType], token: Token) -> None:
        names = ", ".join(sorted(str(kind) for kind in kinds))
        message = f"this does not accept this kind of value; it accepts: {names}."
        self.require(argument.kind in {*kinds, None}, message, token)

    def settled(self, expression: Expression, token: Token, hint: str = "") -> Expression:
        """Return the expression; on save, refuse a constant one that never has a result (CAM-2)."""
        if self.fields is not None and expression.constant:
            try:
                value_of(expression)
            except Unevaluable:
                raise self.error("value", f"this never has a result{hint}.", token) from None
        return expression

    def require_divisor(self, divisor: Expression, token: Token) -> None:
        if self.fields is not None and divisor.constant and value_of(divisor) == 0:
            raise self.error("value", "this divides by zero, so it never has a result.", token)

    def require_place(self, index: Expression, token: Token) -> None:
        if self.fields is not None and index.constant and value_of(index) < 0:
            raise self.error("value", "a list has no negative places; the first is 0.", token)


def value_of(constant: Expression) -> Any:
    """Return the value of a constant expression; raise Unevaluable if it has none."""
    return run(compiled(constant.guarded), scope({}))
