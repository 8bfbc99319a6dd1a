"""The tokens of an expression."""

import re

from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression
from chalicelib.core.quick_dataclass import dataclass

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
    |(?P<raw>[rR](?:"[^"\r\n]*"|'[^'\r\n]*'))
    |(?P<text>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    |(?P<hex>0[xX][0-9a-fA-F]+)
    |(?P<double>[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    |(?P<int>[0-9]+)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||<=|>=|==|!=|[<>+\-*/%!?:.,()\[\]])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """One token: its sort (raw, text, hex, double, int, name, sign, end), its text and its position."""

    sort: str
    text: str
    offset: int


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of an expression and a final `end`; raise InvalidExpression at the first invalid one."""
    tokens, offset = [], 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise InvalidExpression("syntax", "this is not supported in expressions.", text, offset)
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match.group(), offset))
        offset = match.end()
    return [*tokens, Token("end", "", offset)]
