"""The terms of expressions: values, fields, lists and calls. It checks the kinds of values (CAM-2)."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.campaigns.domain.criteria.cel import language
from chalicelib.campaigns.domain.criteria.cel.cursor import Cursor
from chalicelib.campaigns.domain.criteria.cel.engine import compiled, quoted
from chalicelib.campaigns.domain.criteria.cel.expression import Expression
from chalicelib.campaigns.domain.criteria.cel.language import BOOLEAN, DOUBLE, INT, LIST, TEXT, ValueType
from chalicelib.campaigns.domain.criteria.cel.patterns import read_pattern
from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, InvalidExpression
from chalicelib.campaigns.domain.criteria.cel.tokens import Token
from chalicelib.core.listing import listed


class Terms(Cursor):
    """Reads a term with its indexes and calls. The operators between terms are the parser's."""

    def __init__(self, text: str, tokens: list[Token], fields: Mapping[str, ValueType] | None) -> None:
        super().__init__(text, tokens, fields)
        self.variable: Expression | None = None
        self.named_fields: dict[str, int] = {}

    @abstractmethod
    def expression(self) -> Expression:
        """Read a whole expression."""

    def member(self) -> Expression:
        target = self.primary()
        while sign := self.accept(".", "["):
            target = self.call_of(target) if sign.text == "." else self.index_of(target)
        return target

    def index_of(self, target: Expression) -> Expression:
        start = self.current
        index = self.expression()
        self.expect("]")
        self.require_kind(target, {LIST}, start)
        self.require_kind(index, {INT}, start)
        self.require_place(index, start)
        text = f"{target.guarded}[{index.guarded}]"
        cost, constant = 1 + target.cost + index.cost, target.constant and index.constant
        return self.settled(Expression(text, target.items, cost, constant=constant), start)

    def call_of(self, target: Expression) -> Expression:
        name = self.advance()
        if self.accept("(") is None:
            raise self.error("unknown_field", "only lead has fields.", name)
        if name.text in language.MACROS:
            return self.comprehension(target, name)
        if name.text == "matches":
            return self.match_call(target, name)
        if name.text not in language.METHODS:
            known = listed(sorted({*language.METHODS, *language.MACROS}))
            raise self.error("unknown_function", f"this function does not exist; there are: {known}.", name)
        parameters, kind = language.METHODS[name.text]
        self.require_kind(target, language.TARGETS[name.text], name)
        arguments = self.arguments()
        if len(arguments) != len(parameters):
            raise self.error("syntax", f"this function has {len(parameters)} arguments.", name)
        for argument, kinds in zip(arguments, parameters, strict=True):
            self.require_kind(argument, kinds, name)
        argument_text = ", ".join(value.guarded for value in arguments)
        form = language.ENGINE_FORMS.get(name.text)
        text = form.format(target.guarded) if form else f"{target.guarded}.{name.text}({argument_text})"
        cost = 1 + target.cost + sum(value.cost for value in arguments)
        constant = target.constant and all(value.constant for value in arguments)
        return self.settled(Expression(text, kind, cost, constant=constant), name)

    def comprehension(self, target: Expression, name: Token) -> Expression:
        """Parse a comprehension. Its variable has the kind of the list's values. It cannot contain another one."""
        if self.variable is not None:
            raise self.error("nested", "a comprehension cannot contain another one.", name)
        self.require_kind(target, {LIST}, name)
        variable = self.advance()
        if variable.sort != "name" or variable.text in ("lead", *language.CONSTANTS):
            raise self.error("syntax", "the name of a variable is missing here.", variable)
        self.expect(",")
        self.variable = Expression(variable.text, target.items)
        body = self.expression()
        self.variable = None
        self.expect(")")
        self.require_kind(body, {BOOLEAN}, name)
        kind = language.MACROS[name.text]
        return Expression(
            f"{target.guarded}.{name.text}({variable.text}, {body.text})",
            kind,
            target.cost + MAX_VALUES * (1 + body.cost),
            items=target.items if kind == LIST else None,
        )

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
            return Expression(token.text, TEXT, constant=True)
        if token.sort in ("int", "hex", "double"):
            return Expression(token.text, DOUBLE if token.sort == "double" else INT, constant=True)
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
        try:
            items = language.items_kind(value.kind for value in values)
        except language.KindMismatch:
            self.require(False, "all values of a list must be of one kind.", token)
            items = None
        return Expression(
            f"[{', '.join(value.guarded for value in values)}]",
            LIST,
            1 + sum(value.cost for value in values),
            items=items,
            constant=all(value.constant for value in values),
        )

    def name(self, token: Token) -> Expression:
        if token.text in language.CONSTANTS:
            return Expression(token.text, language.CONSTANTS[token.text], constant=True)
        if self.variable is not None and token.text == self.variable.text:
            return self.variable
        if token.text == "lead":
            return self.field()
        if self.accept("(") is None:
            raise self.error("unknown_variable", "this name does not exist; write a field as lead.…", token)
        return self.has(token) if token.text == "has" else self.function(token)

    def function(self, token: Token) -> Expression:
        if token.text not in language.FUNCTIONS:
            known = listed([*language.FUNCTIONS, "has"])
            raise self.error("unknown_function", f"this function does not exist; there are: {known}.", token)
        kinds, kind = language.FUNCTIONS[token.text]
        arguments = self.arguments()
        if len(arguments) != 1:
            raise self.error("syntax", "this function has one argument.", token)
        argument = arguments[0]
        self.require_kind(argument, kinds, token)
        form = language.ENGINE_FORMS.get(token.text, token.text + "({})")
        expression = Expression(
            form.format(argument.guarded),
            kind,
            1 + argument.cost,
            risky=kind == DOUBLE,
            constant=argument.constant,
        )
        return self.settled(expression, token, language.HINTS.get(token.text, ""))

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
            message = f"leads of this campaign have no such field; they have: {listed(self.fields or ())}."
            raise self.error("unknown_field", message, name)
        self.named_fields.setdefault(key, name.offset)
        kind = self.fields[key] if self.fields is not None else None
        return Expression(f"lead{selector}", kind, items=TEXT if kind == LIST else None)


def _text_of(token: Token) -> str:
    """Return the value of a text literal."""
    if token.sort == "raw":
        return token.text[2:-1]
    return str(compiled(token.text).execute({}))
