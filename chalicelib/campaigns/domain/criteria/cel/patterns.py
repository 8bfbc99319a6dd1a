"""Patterns: regular expressions in linear time, of bounded size, with RE2's ASCII classes (CAM-1, CAM-2).

The engine builds a pattern anew for every value, so its size is bounded. A character weighs 1, a class 2, a Unicode
class 100. A repetition multiplies the weight by its count.
"""

import re
from functools import lru_cache

from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression
from chalicelib.core.quick_dataclass import dataclass

MAX_WEIGHT = 250
MAX_CHARACTERS = 1_000
_MAX_DEPTH = 20
_UNICODE_WEIGHT = 100
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_PLAIN = {"t", "n", "r", "f"}
_GROUP = re.compile(r"\((?!\?)|\(\?:|\(\?[ims]{1,3}:")
_FLAGS = re.compile(r"\(\?[ims]{1,3}\)")
_UNICODE = re.compile(r"\\[pP](?:\{[A-Za-z_]{1,40}\}|[A-Z])")
_COUNT = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
_SET_SIGNS = re.compile(r"&&|--|~~|\[")


@dataclass(frozen=True)
class Pattern:
    """A pattern in the form of the engine, and its weight."""

    text: str
    weight: int


@lru_cache(maxsize=1024)
def read_pattern(text: str) -> Pattern:
    """Return a pattern that is safe to run; raise InvalidExpression with the position if it is invalid or too heavy."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidExpression("too_long", f"a pattern can have at most {MAX_CHARACTERS} characters.")
    parser = _PatternParser(text)
    engine_text, weight = parser.alternatives(0)
    if parser.position < len(text):
        raise parser.error("this bracket was not opened.")
    if weight > MAX_WEIGHT:
        raise InvalidExpression(
            "too_heavy", f"the pattern weighs {weight}, more than {MAX_WEIGHT}: use smaller repetitions."
        )
    _try(engine_text)
    return Pattern(engine_text, weight)


def _try(engine_text: str) -> None:
    """Build the pattern once with the engine, which finds errors this parser may have missed."""
    from chalicelib.campaigns.domain.criteria.cel.engine import matcher

    try:
        matcher(engine_text).execute({"text": ""})
    except RuntimeError:
        raise InvalidExpression("syntax", "this is not a valid regular expression.") from None


class _PatternParser:
    """Parses a pattern from left to right and writes it in the form of the engine."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def error(self, message: str, code: str = "syntax") -> InvalidExpression:
        return InvalidExpression(code, message, self.text, self.position)

    def alternatives(self, depth: int) -> tuple[str, int]:
        if depth > _MAX_DEPTH:
            raise self.error(f"groups can be nested at most {_MAX_DEPTH} deep.", "too_deep")
        pieces, weight = [], 0
        while self.position < len(self.text) and self.text[self.position] != ")":
            if self.text[self.position] == "|":
                self.position += 1
                pieces.append("|")
                weight += 1
                continue
            piece, piece_weight = self._atom(depth)
            repeat, times = self._repeats()
            pieces += [piece, repeat]
            weight += piece_weight * times
        return "".join(pieces), weight

    def _atom(self, depth: int) -> tuple[str, int]:
        sign = self.text[self.position]
        if sign == "(":
            return self._group(depth)
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "*+?{}":
            raise self.error("there is nothing to repeat here; write \\{ for the character itself.")
        self.position += 1
        return sign, 2 if sign == "." else 1

    def _group(self, depth: int) -> tuple[str, int]:
        flags = _FLAGS.match(self.text, self.position)
        if flags:
            self.position = flags.end()
            return flags.group(), 0
        opened = _GROUP.match(self.text, self.position)
        if opened is None:
            raise self.error("look-around, references and named groups are not supported.")
        start, self.position = self.position, opened.end()
        inner, weight = self.alternatives(depth + 1)
        if self.position == len(self.text):
            self.position = start
            raise self.error("this bracket is not closed.")
        self.position += 1
        return f"{opened.group()}{inner})", weight + 1

    def _escape(self) -> tuple[str, int]:
        unicode = _UNICODE.match(self.text, self.position)
        if unicode:
            self.position = unicode.end()
            return unicode.group(), _UNICODE_WEIGHT
        sign = self.text[self.position + 1 : self.position + 2]
        if sign.lower() in _CLASSES:
            self.position += 2
            return f"[{'^' if sign.isupper() else ''}{_CLASSES[sign.lower()]}]", 2
        if sign == "b":
            self.position += 2
            return r"(?-u:\b)", 1
        return self._plain_escape(sign), 1

    def _plain_escape(self, sign: str) -> str:
        if not (sign in _PLAIN or (sign.isascii() and sign.isprintable() and not sign.isalnum() and sign)):
            raise self.error("this escape is not supported.")
        self.position += 2
        return "\\" + sign

    def _class(self) -> tuple[str, int]:
        start = self.position
        self.position += 1
        pieces, weight = ["["], 2
        if self.text[self.position : self.position + 1] == "^":
            self.position += 1
            pieces.append("^")
        first = self.position
        while self.text[self.position : self.position + 1] != "]" or self.position == first:
            if self.position >= len(self.text):
                self.position = start
                raise self.error("this class is not closed.")
            piece, piece_weight = self._member()
            pieces.append(piece)
            weight += piece_weight
        self.position += 1
        return "".join(pieces) + "]", weight

    def _member(self) -> tuple[str, int]:
        unicode = _UNICODE.match(self.text, self.position)
        if unicode:
            self.position = unicode.end()
            return unicode.group(), _UNICODE_WEIGHT
        if self.text[self.position] == "\\" and self.text[self.position + 1 : self.position + 2] in _CLASSES:
            self.position += 2
            return _CLASSES[self.text[self.position - 1]], 0
        low = self._class_sign()
        if self.text[self.position : self.position + 1] != "-" or self.text[
            self.position + 1 : self.position + 2
        ] in ("]", ""):
            return low, 0 if low.isascii() else 1
        self.position += 1
        high = self._class_sign()
        if not (low + high).isascii():
            raise self.error(
                "both ends of a range must be ASCII; write \\p{L} for the letters of all languages."
            )
        return f"{low}-{high}", 0

    def _class_sign(self) -> str:
        if self.text[self.position] == "\\":
            return self._plain_escape(self.text[self.position + 1 : self.position + 2])
        if _SET_SIGNS.match(self.text, self.position):
            raise self.error("write a backslash before this character; nested sets are not supported.")
        sign = self.text[self.position]
        self.position += 1
        return "\\" + sign if sign in "]^-&~" else sign

    def _repeats(self) -> tuple[str, int]:
        """Return the repetition that follows, and the most times it can build its content."""
        start, times = self.position, 1
        count = _COUNT.match(self.text, self.position)
        if count:
            self.position = count.end()
            times = max(1, int(count[3] or count[1]))
            if count[3] and int(count[3]) < int(count[1]):
                raise self.error("the second number of a repetition cannot be smaller than the first.")
        elif self.text[self.position : self.position + 1] in ("*", "+", "?"):
            self.position += 1
        if self.position > start and self.text[self.position : self.position + 1] == "?":
            self.position += 1
        return self.text[start : self.position], times
