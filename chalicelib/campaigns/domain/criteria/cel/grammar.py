"""Reads an expression once: what it names, of what kind it is, what it may cost; and guards its divisions (CAM-2).

CEL lets a division of doubles by zero be infinite and goes on; here it has no result. So everything that may be
infinite is written into `finite(…)`, which refuses it, before it is compared or divides something.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from chalicelib.campaigns.domain.criteria.cel import language
from chalicelib.campaigns.domain.criteria.cel.engine import FINITE, compiled, quoted
from chalicelib.campaigns.domain.criteria.cel.language import BOOLEAN, DOUBLE, LIST, TEXT, ValueType
from chalicelib.campaigns.domain.criteria.cel.patterns import read_pattern
from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, InvalidExpression
from chalicelib.campaigns.domain.criteria.cel.tokens import Token, tokens_of

MAX_CHARACTERS = 1_000
MAX_COST = 10_000
MAX_DEPTH = 20
_LEVELS = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))
_JOINING, _COMPARING = 2, 2


@dataclass(frozen=True)
class Read:
    """A part of an expression: as the engine gets it, its kind, its cost; `risky` if it may be infinite.

    A whole one tells the `fields` of the lead that it names, each with the place where it does first.
    """

    text: str
    kind: ValueType = None
    cost: int = 1
    risky: bool = False
    terms: int = 1
    fields: Mapping[str, int] = field(default_factory=dict)

    @property
    def guarded(self) -> str:
        """Return it so that it is finite or has no result."""
        return f"{FINITE}({self.text})" if self.risky else self.text


@lru_cache(maxsize=1024)
def read(text: str) -> Read:
    """Return a stored expression, ready to be compiled; its fields and its cost were looked at when it was saved."""
    return read_with(text, None)


def read_with(text: str, fields: Mapping[str, ValueType] | None) -> Read:
    """Return an expression over these fields of `lead`, ready to be compiled; NotSound with the position (CAM-2)."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidExpression("too_long", f"an expression has at most {MAX_CHARACTERS} characters.")
    words = tokens_of(text)
    compiled(text)
    found = _Reader(text, words, fields).whole()
    if fields is not None and found.cost > MAX_COST:
        raise InvalidExpression(
            "too_heavy", f"the expression may cost {found.cost} steps, more than {MAX_COST}."
        )
    return replace(found, text=found.guarded, risky=False)


class _Reader:
    """Reads the words left to right, by precedence."""

    def __init__(self, text: str, words: list[Token], fields: Mapping[str, ValueType] | None) -> None:
        self.text = text
        self.words = words
        self.fields = fields
        self.at = 0
        self.depth = 0
        self.variable: str | None = None
        self.named_fields: dict[str, int] = {}

    def whole(self) -> Read:
        found = self.expression()
        if self.next.sort != "end":
            raise self.wrong("syntax", "this is not offered here.")
        return replace(found, fields=self.named_fields)

    @property
    def next(self) -> Token:
        return self.words[self.at]

    def wrong(self, code: str, message: str, word: Token | None = None) -> InvalidExpression:
        return InvalidExpression(code, message, self.text, (word or self.next).offset)

    def take(self) -> Token:
        word = self.next
        self.at += word.sort != "end"
        return word

    def accept(self, *signs: str) -> Token | None:
        return self.take() if self.next.sort in ("sign", "name") and self.next.text in signs else None

    def expect(self, sign: str) -> None:
        if self.accept(sign) is None:
            raise self.wrong("syntax", f"a {sign} is missing here.")

    def expression(self) -> Read:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.wrong("too_deep", f"brackets and choices stand at most {MAX_DEPTH} deep.")
        found = self.binary(0)
        mark = self.accept("?")
        if mark:
            yes = self.expression()
            self.expect(":")
            found = self.choice(found, yes, self.expression(), mark)
        self.depth -= 1
        return found

    def choice(self, condition: Read, yes: Read, no: Read, mark: Token) -> Read:
        if condition.kind not in (BOOLEAN, None):
            raise self.wrong("type", "what stands before a ? is true or false.", mark)
        if yes.kind != no.kind and BOOLEAN in (yes.kind, no.kind) and None not in (yes.kind, no.kind):
            raise self.wrong("type", "both results are of one kind.", mark)
        text = f"{condition.text} ? {yes.guarded} : {no.guarded}"
        return Read(text, yes.kind if yes.kind == no.kind else None, 1 + condition.cost + yes.cost + no.cost)

    def binary(self, level: int) -> Read:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while sign := self.accept(*_LEVELS[level]):
            right = self.binary(level + 1)
            if level < _JOINING:
                left = self.both(left, sign, right)
            elif level == _COMPARING:
                left = self.comparison(left, sign, right)
            else:
                left = self.arithmetic(left, sign, right)
        return left

    def both(self, left: Read, sign: Token, right: Read) -> Read:
        if not {left.kind, right.kind} <= {BOOLEAN, None}:
            raise self.wrong("type", "only what is true or false can be joined like this.", sign)
        return Read(f"{left.text} {sign.text} {right.text}", BOOLEAN, 1 + left.cost + right.cost)

    def comparison(self, left: Read, sign: Token, right: Read) -> Read:
        if not language.comparable(left.kind, sign.text, right.kind):
            raise self.wrong(
                "type", "these cannot be compared; numbers of a lead are written double(lead.…).", sign
            )
        return Read(f"{left.guarded} {sign.text} {right.guarded}", BOOLEAN, 1 + left.cost + right.cost)

    def arithmetic(self, left: Read, sign: Token, right: Read) -> Read:
        try:
            kind = language.joined(left.kind, sign.text, right.kind)
        except language.Mismatch:
            message = (
                "these cannot be reckoned together; write double(lead.…), and 2.0 rather than 2 beside it."
            )
            raise self.wrong("type", message, sign) from None
        terms = left.terms + right.terms
        cost = left.cost + right.cost + terms * language.COPYING.get(kind, 1)
        divisor = right.guarded if sign.text == "/" else right.text
        return Read(f"{left.text} {sign.text} {divisor}", kind, cost, kind in (DOUBLE, None), terms)

    def unary(self) -> Read:
        signs = []
        while sign := self.accept("!", "-"):
            signs.append(sign)
        found = self.member()
        if not signs:
            return found
        wanted = {BOOLEAN} if signs[-1].text == "!" else language.NUMBERS
        if found.kind not in {*wanted, None} or len({sign.text for sign in signs}) > 1:
            raise self.wrong("type", "! is for true or false, - for numbers.", signs[0])
        text = "".join(sign.text for sign in signs) + found.text
        return replace(
            found, text=text, kind=BOOLEAN if BOOLEAN in wanted else found.kind, cost=found.cost + 1
        )

    def member(self) -> Read:
        found = self.primary()
        while sign := self.accept(".", "["):
            found = self.selected(found) if sign.text == "." else self.indexed(found)
        return found

    def indexed(self, target: Read) -> Read:
        index = self.expression()
        self.expect("]")
        text = f"{target.guarded}[{index.guarded}]"
        return Read(text, None, 1 + target.cost + index.cost)

    def selected(self, target: Read) -> Read:
        name = self.take()
        if self.accept("(") is None:
            raise self.wrong("unknown_field", "only lead has fields.", name)
        if name.text in language.MACROS:
            return self.macro(target, name)
        if name.text == "matches":
            return self.matching(target, name)
        if name.text not in language.METHODS:
            raise self.wrong("unknown_function", "there is no such function.", name)
        wanted, kind = language.METHODS[name.text]
        self.check(target, language.TARGETS[name.text], name)
        arguments = self.arguments()
        if len(arguments) != len(wanted):
            raise self.wrong("syntax", "this function takes another number of values.", name)
        for argument, kinds in zip(arguments, wanted, strict=True):
            self.check(argument, kinds, name)
        written = ", ".join(one.guarded for one in arguments)
        cost = 1 + target.cost + sum(one.cost for one in arguments)
        return Read(f"{target.guarded}.{name.text}({written})", kind, cost)

    def check(self, given: Read, kinds: set[ValueType], word: Token) -> None:
        if given.kind not in {*kinds, None}:
            raise self.wrong("type", "this function is not for such a value.", word)

    def macro(self, target: Read, name: Token) -> Read:
        """Read a comprehension; within one there is no other (CAM-2)."""
        if self.variable is not None:
            raise self.wrong("nested", "one comprehension does not stand within another.", name)
        self.check(target, {LIST}, name)
        variable = self.take()
        if variable.sort != "name" or variable.text in ("lead", *language.CONSTANTS):
            raise self.wrong("syntax", "a name for the values is missing here.", variable)
        self.expect(",")
        self.variable = variable.text
        body = self.expression()
        self.variable = None
        self.expect(")")
        self.check(body, {BOOLEAN}, name)
        text = f"{target.guarded}.{name.text}({variable.text}, {body.text})"
        return Read(text, language.MACROS[name.text], target.cost + MAX_VALUES * (1 + body.cost))

    def matching(self, target: Read, name: Token) -> Read:
        """Read a match; its pattern is written out, so that it can be judged before there is a lead."""
        self.check(target, {TEXT}, name)
        word = self.take()
        if word.sort not in ("text", "raw"):
            raise self.wrong("pattern", "a pattern is written out.", word)
        try:
            pattern = read_pattern(_said(word))
        except InvalidExpression as problem:
            raise self.wrong("pattern", f"in the pattern: {problem.message}", word) from None
        self.expect(")")
        text = f"{target.guarded}.matches({quoted(pattern.text)})"
        return Read(text, BOOLEAN, target.cost + 20 + 4 * pattern.weight)

    def arguments(self) -> list[Read]:
        return self.several(")")

    def several(self, end: str) -> list[Read]:
        found: list[Read] = []
        while self.accept(end) is None:
            if found:
                self.expect(",")
            found.append(self.expression())
        return found

    def primary(self) -> Read:
        word = self.take()
        if word.sort in ("text", "raw"):
            return Read(word.text, TEXT)
        if word.sort in ("int", "hex", "double"):
            return Read(word.text, DOUBLE if word.sort == "double" else language.INT)
        if word.text == "(":
            inner = self.expression()
            self.expect(")")
            return replace(inner, text=f"({inner.text})")
        if word.text == "[":
            return self.values(word)
        if word.sort == "name":
            return self.named(word)
        raise self.wrong("syntax", "this is not offered here.", word)

    def values(self, word: Token) -> Read:
        values = self.several("]")
        if len(values) > MAX_VALUES:
            raise self.wrong("too_heavy", f"a list has at most {MAX_VALUES} values.", word)
        return Read(
            f"[{', '.join(one.guarded for one in values)}]", LIST, 1 + sum(one.cost for one in values)
        )

    def named(self, word: Token) -> Read:
        if word.text in language.CONSTANTS:
            return Read(word.text, language.CONSTANTS[word.text])
        if word.text == self.variable:
            return Read(word.text)
        if word.text == "lead":
            return self.field()
        if self.accept("(") is None:
            raise self.wrong("unknown_variable", "there is no such name; fields are written lead.…", word)
        return self.has(word) if word.text == "has" else self.function(word)

    def function(self, word: Token) -> Read:
        if word.text not in language.FUNCTIONS:
            raise self.wrong("unknown_function", "there is no such function.", word)
        kinds, kind = language.FUNCTIONS[word.text]
        arguments = self.arguments()
        if len(arguments) != 1:
            raise self.wrong("syntax", "this function takes one value.", word)
        self.check(arguments[0], kinds, word)
        text = f"{word.text}({arguments[0].guarded})"
        return Read(text, kind, 1 + arguments[0].cost, risky=kind == DOUBLE)

    def has(self, word: Token) -> Read:
        if self.take().text != "lead" or self.next.text != ".":
            raise self.wrong("syntax", "has(…) asks for a field: has(lead.…).", word)
        found = self.field()
        self.expect(")")
        return Read(f"has({found.text})", BOOLEAN)

    def field(self) -> Read:
        """Read which field of the lead is meant: it is always written out, never reckoned."""
        if self.accept("."):
            name = self.take()
            key, written, whole = name.text, f".{name.text}", name.sort == "name"
        else:
            self.expect("[")
            name = self.take()
            key, whole = (_said(name) if name.sort in ("text", "raw") else ""), True
            written = f"[{quoted(key)}]"
            self.expect("]")
        if not (whole and key) or (self.fields is not None and key not in self.fields):
            raise self.wrong("unknown_field", "a lead of this campaign has no such field.", name)
        self.named_fields.setdefault(key, name.offset)
        return Read(f"lead{written}", self.fields[key] if self.fields is not None else None)


def _said(word: Token) -> str:
    """Return what a text of an expression says."""
    if word.sort == "raw":
        return word.text[2:-1]
    return str(compiled(word.text).execute({}))
