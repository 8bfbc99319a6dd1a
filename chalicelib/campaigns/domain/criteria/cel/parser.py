"""The recursive-descent parser of expressions. It checks the kinds of values and adds up the cost (CAM-2)."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.campaigns.domain.criteria.cel import language
from chalicelib.campaigns.domain.criteria.cel.engine import compiled, quoted
from chalicelib.campaigns.domain.criteria.cel.expression import Expression
from chalicelib.campaigns.domain.criteria.cel.language import BOOLEAN, DOUBLE, LIST, TEXT, ValueType
from chalicelib.campaigns.domain.criteria.cel.patterns import read_pattern
from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, InvalidExpression
from chalicelib.campaigns.domain.criteria.cel.tokens import Token

MAX_DEPTH = 20
_LEVELS = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))
_JOINING, _COMPARING = 2, 2


class Parser:
    """Parses tokens from left to right, with one level for each precedence."""

    def __init__(self, text: str, tokens: list[Token], fields: Mapping[str, ValueType] | None) -> None:
        self.text = text
        self.tokens = tokens
        self.fields = fields
        self.position = 0
        self.depth = 0
        self.variable: str | None = None
        self.named_fields: dict[str, int] = {}

    def parse(self) -> Expression:
        expression = self.expression()
        if self.current.sort != "end":
            raise self.error("syntax", "this is not supported here.")
        return replace(expression, fields=self.named_fields)

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
        if condition.kind not in (BOOLEAN, None):
            raise self.error("type", "the condition before ? must be true or false.", mark)
        if yes.kind != no.kind and BOOLEAN in (yes.kind, no.kind) and None not in (yes.kind, no.kind):
            raise self.error("type", "both results must be of the same kind.", mark)
        text = f"{condition.text} ? {yes.guarded} : {no.guarded}"
        return Expression(
            text, yes.kind if yes.kind == no.kind else None, 1 + condition.cost + yes.cost + no.cost
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
        if not {left.kind, right.kind} <= {BOOLEAN, None}:
            raise self.error("type", "both sides must be true or false.", sign)
        return Expression(f"{left.text} {sign.text} {right.text}", BOOLEAN, 1 + left.cost + right.cost)

    def comparison(self, left: Expression, sign: Token, right: Expression) -> Expression:
        if not language.comparable(left.kind, sign.text, right.kind):
            raise self.error(
                "type", "these values cannot be compared; write a number of a lead as double(lead.…).", sign
            )
        return Expression(f"{left.guarded} {sign.text} {right.guarded}", BOOLEAN, 1 + left.cost + right.cost)

    def arithmetic(self, left: Expression, sign: Token, right: Expression) -> Expression:
        try:
            kind = language.result_kind(left.kind, sign.text, right.kind)
        except language.KindMismatch:
            message = "this cannot be calculated; write double(lead.…), and with it 2.0 instead of 2."
            raise self.error("type", message, sign) from None
        terms = left.terms + right.terms
        cost = left.cost + right.cost + terms * language.TERM_COST.get(kind, 1)
        divisor = right.guarded if sign.text == "/" else right.text
        return Expression(f"{left.text} {sign.text} {divisor}", kind, cost, kind in (DOUBLE, None), terms)

    def unary(self) -> Expression:
        signs = []
        while sign := self.accept("!", "-"):
            signs.append(sign)
        operand = self.member()
        if not signs:
            return operand
        wanted = {BOOLEAN} if signs[-1].text == "!" else language.NUMBERS
        if operand.kind not in {*wanted, None} or len({sign.text for sign in signs}) > 1:
            raise self.error("type", "! needs true or false, - needs a number.", signs[0])
        text = "".join(sign.text for sign in signs) + operand.text
        return replace(
            operand, text=text, kind=BOOLEAN if BOOLEAN in wanted else operand.kind, cost=operand.cost + 1
        )

    def member(self) -> Expression:
        target = self.primary()
        while sign := self.accept(".", "["):
            target = self.call_of(target) if sign.text == "." else self.index_of(target)
        return target

    def index_of(self, target: Expression) -> Expression:
        index = self.expression()
        self.expect("]")
        text = f"{target.guarded}[{index.guarded}]"
        return Expression(text, None, 1 + target.cost + index.cost)

    def call_of(self, target: Expression) -> Expression:
        name = self.advance()
        if self.accept("(") is None:
            raise self.error("unknown_field", "only lead has fields.", name)
        if name.text in language.MACROS:
            return self.comprehension(target, name)
        if name.text == "matches":
            return self.match_call(target, name)
        if name.text not in language.METHODS:
            raise self.error("unknown_function", "this function does not exist.", name)
        parameters, kind = language.METHODS[name.text]
        self.require_kind(target, language.TARGETS[name.text], name)
        arguments = self.arguments()
        if len(arguments) != len(parameters):
            raise self.error("syntax", "this function has another number of arguments.", name)
        for argument, kinds in zip(arguments, parameters, strict=True):
            self.require_kind(argument, kinds, name)
        argument_text = ", ".join(value.guarded for value in arguments)
        cost = 1 + target.cost + sum(value.cost for value in arguments)
        return Expression(f"{target.guarded}.{name.text}({argument_text})", kind, cost)

    def require_kind(self, argument: Expression, kinds: set[ValueType], token: Token) -> None:
        if argument.kind not in {*kinds, None}:
            raise self.error("type", "this function does not accept this kind of value.", token)

    def comprehension(self, target: Expression, name: Token) -> Expression:
        """Parse a comprehension. It cannot contain another one (CAM-2)."""
        if self.variable is not None:
            raise self.error("nested", "a comprehension cannot contain another one.", name)
        self.require_kind(target, {LIST}, name)
        variable = self.advance()
        if variable.sort != "name" or variable.text in ("lead", *language.CONSTANTS):
            raise self.error("syntax", "the name of a variable is missing here.", variable)
        self.expect(",")
        self.variable = variable.text
        body = self.expression()
        self.variable = None
        self.expect(")")
        self.require_kind(body, {BOOLEAN}, name)
        text = f"{target.guarded}.{name.text}({variable.text}, {body.text})"
        return Expression(text, language.MACROS[name.text], target.cost + MAX_VALUES * (1 + body.cost))

    def match_call(self, target: Expression, name: Token) -> Expression:
        """Parse a match. Its pattern must be a literal, so that it can be checked before there is a lead."""
        self.require_kind(target, {TEXT}, name)
        token = self.advance()
        if token.sort not in ("text", "raw"):
            raise self.error("pattern", "the pattern must be a text literal.", token)
        try:
            pattern = read_pattern(_text_of(token))
        except InvalidExpression as problem:
            raise self.error("pattern", f"in the pattern: {problem.message}", token) from None
        self.expect(")")
        text = f"{target.guarded}.matches({quoted(pattern.text)})"
        return Expression(text, BOOLEAN, target.cost + 20 + 4 * pattern.weight)

    def arguments(self) -> list[Expression]:
        return self.expressions_until(")")

    def expressions_until(self, end: str) -> list[Expression]:
        expressions: list[Expression] = []
        while self.accept(end) is None:
            if expressions:
                self.expect(",")
            expressions.append(self.expression())
        return expressions

    def primary(self) -> Expression:
        token = self.advance()
        if token.sort in ("text", "raw"):
            return Expression(token.text, TEXT)
        if token.sort in ("int", "hex", "double"):
            return Expression(token.text, DOUBLE if token.sort == "double" else language.INT)
        if token.text == "(":
            inner = self.expression()
            self.expect(")")
            return replace(inner, text=f"({inner.text})")
        if token.text == "[":
            return self.list_literal(token)
        if token.sort == "name":
            return self.name(token)
        raise self.error("syntax", "this is not supported here.", token)

    def list_literal(self, token: Token) -> Expression:
        values = self.expressions_until("]")
        if len(values) > MAX_VALUES:
            raise self.error("too_heavy", f"a list can have at most {MAX_VALUES} values.", token)
        return Expression(
            f"[{', '.join(value.guarded for value in values)}]", LIST, 1 + sum(value.cost for value in values)
        )

    def name(self, token: Token) -> Expression:
        if token.text in language.CONSTANTS:
            return Expression(token.text, language.CONSTANTS[token.text])
        if token.text == self.variable:
            return Expression(token.text)
        if token.text == "lead":
            return self.field()
        if self.accept("(") is None:
            raise self.error("unknown_variable", "this name does not exist; write a field as lead.…", token)
        return self.has(token) if token.text == "has" else self.function(token)

    def function(self, token: Token) -> Expression:
        if token.text not in language.FUNCTIONS:
            raise self.error("unknown_function", "this function does not exist.", token)
        kinds, kind = language.FUNCTIONS[token.text]
        arguments = self.arguments()
        if len(arguments) != 1:
            raise self.error("syntax", "this function has one argument.", token)
        self.require_kind(arguments[0], kinds, token)
        text = f"{token.text}({arguments[0].guarded})"
        return Expression(text, kind, 1 + arguments[0].cost, risky=kind == DOUBLE)

    def has(self, token: Token) -> Expression:
        if self.advance().text != "lead" or self.current.text != ".":
            raise self.error("syntax", "has(…) needs a field: has(lead.…).", token)
        field = self.field()
        self.expect(")")
        return Expression(f"has({field.text})", BOOLEAN)

    def field(self) -> Expression:
        """Parse a field of the lead. Its name must be a literal, never computed."""
        if self.accept("."):
            name = self.advance()
            key, selector, is_name = name.text, f".{name.text}", name.sort == "name"
        else:
            self.expect("[")
            name = self.advance()
            key, is_name = (_text_of(name) if name.sort in ("text", "raw") else ""), True
            selector = f"[{quoted(key)}]"
            self.expect("]")
        if not (is_name and key) or (self.fields is not None and key not in self.fields):
            raise self.error("unknown_field", "leads of this campaign have no such field.", name)
        self.named_fields.setdefault(key, name.offset)
        return Expression(f"lead{selector}", self.fields[key] if self.fields is not None else None)


def _text_of(token: Token) -> str:
    """Return the value of a text literal."""
    if token.sort == "raw":
        return token.text[2:-1]
    return str(compiled(token.text).execute({}))
