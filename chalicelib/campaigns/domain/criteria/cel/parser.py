"""The recursive-descent parser of expressions. It checks the kinds of values and adds up the cost (CAM-2)."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.campaigns.domain.criteria.cel import language
from chalicelib.campaigns.domain.criteria.cel.expression import Expression
from chalicelib.campaigns.domain.criteria.cel.language import (
    BOOLEAN,
    DOUBLE,
    DURATION,
    LIST,
    NULL,
    TIME,
    ValueType,
)
from chalicelib.campaigns.domain.criteria.cel.terms import Terms
from chalicelib.campaigns.domain.criteria.cel.tokens import Token

MAX_DEPTH = 20
_LEVELS = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))
_JOINING, _COMPARING = 2, 2


class Parser(Terms):
    """Parses tokens from left to right, with one level for each precedence."""

    def __init__(self, text: str, tokens: list[Token], fields: Mapping[str, ValueType] | None) -> None:
        super().__init__(text, tokens, fields)
        self.depth = 0

    def parse(self) -> Expression:
        expression = self.expression()
        if self.current.sort != "end":
            raise self.error("syntax", "this is not supported here.")
        return replace(expression, fields=self.named_fields)

    def expression(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("too_deep", f"brackets and conditionals can be nested at most {MAX_DEPTH} deep.")
        expression = self.binary(0)
        mark = self.accept("?")
        if mark:
            yes = self.expression()
            self.expect(":")
            expression = self.conditional(expression, yes, self.expression(), mark)
        self.depth -= 1
        return expression

    def conditional(self, condition: Expression, yes: Expression, no: Expression, mark: Token) -> Expression:
        self.require(condition.kind in (BOOLEAN, None), "the condition before ? must be true or false.", mark)
        kinds, unknown = {yes.kind, no.kind}, {yes.kind, no.kind} & {None, NULL}
        mixed = len(kinds) > 1 and BOOLEAN in kinds and not unknown
        self.require(not mixed, "both results must be of the same kind.", mark)
        return Expression(
            f"{condition.text} ? {yes.guarded} : {no.guarded}",
            yes.kind if yes.kind == no.kind else None,
            1 + condition.cost + yes.cost + no.cost,
            items=yes.items if yes.items == no.items else None,
            constant=condition.constant and yes.constant and no.constant,
        )

    def binary(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while sign := self.accept(*_LEVELS[level]):
            right = self.binary(level + 1)
            if level < _JOINING:
                left = self.logical(left, sign, right)
            elif level == _COMPARING:
                left = self.comparison(left, sign, right)
            else:
                left = self.arithmetic(left, sign, right)
        return left

    def logical(self, left: Expression, sign: Token, right: Expression) -> Expression:
        fits = {left.kind, right.kind} <= {BOOLEAN, None}
        self.require(fits, "both sides must be true or false.", sign)
        return _joined(left, right, f"{left.text} {sign.text} {right.text}")

    def comparison(self, left: Expression, sign: Token, right: Expression) -> Expression:
        fits = language.comparable(left.kind, sign.text, right.kind, right.items)
        if fits and left.kind == right.kind == LIST and sign.text != "in":
            fits = language.comparable(left.items, "==", right.items)
        message = "these values cannot be compared; write a number of a lead as double(lead.…)."
        if NULL in (left.kind, right.kind):
            message = "no value of a lead is null; write has(lead.…)."
        self.require(fits, message, sign)
        return self.settled(_joined(left, right, f"{left.guarded} {sign.text} {right.guarded}"), sign)

    def arithmetic(self, left: Expression, sign: Token, right: Expression) -> Expression:
        try:
            kind = language.result_kind(left.kind, sign.text, right.kind)
            items = language.items_kind((left.items, right.items)) if kind == LIST else None
        except language.KindMismatch:
            message = "this cannot be calculated; write double(lead.…), and with it 2.0 instead of 2."
            self.require(False, message, sign)
            kind = items = None
        terms = left.terms + right.terms
        text = f"{left.text} {sign.text} {right.text}"
        if sign.text in "/%":
            self.require_divisor(right, sign)
            text = f"{left.text} {sign.text} {right.guarded if sign.text == '/' else right.text}"
        if (left.kind, sign.text, right.kind) == (DURATION, "+", TIME):
            text = f"{right.text} + ({left.text})"  # the engine adds a duration to a time, not a time to a duration
        expression = Expression(
            text,
            kind,
            left.cost + right.cost + terms * language.TERM_COST.get(kind, 1),
            risky=kind in (DOUBLE, None),
            terms=terms,
            items=items,
            constant=left.constant and right.constant,
        )
        return self.settled(expression, sign)

    def unary(self) -> Expression:
        signs = []
        while sign := self.accept("!", "-"):
            signs.append(sign)
        operand = self.member()
        if not signs:
            return operand
        wanted: set[ValueType] = {BOOLEAN} if signs[-1].text == "!" else {*language.NUMBERS}
        message = "! needs true or false, - needs a number."
        if len({sign.text for sign in signs}) > 1:
            raise self.error("type", message, signs[0])
        self.require(operand.kind in {*wanted, None}, message, signs[0])
        text = "".join(sign.text for sign in signs) + operand.text
        kind = BOOLEAN if BOOLEAN in wanted else operand.kind
        return self.settled(replace(operand, text=text, kind=kind, cost=operand.cost + 1), signs[0])


def _joined(left: Expression, right: Expression, text: str) -> Expression:
    """Return two operands of a comparison or of a logical operator as one expression."""
    constant = left.constant and right.constant
    return Expression(text, BOOLEAN, 1 + left.cost + right.cost, constant=constant)
