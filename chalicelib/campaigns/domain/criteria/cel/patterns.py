"""Patterns: regular expressions in linear time, of a bounded size, with RE2's ASCII classes (CAM-1, CAM-2).

The engine builds a pattern anew for every value, so its size is bounded: every sign weighs 1, a class 2, a
Unicode class 100, and a repetition as often as it may repeat.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression

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
    """A pattern as the engine takes it, and its weight."""

    text: str
    weight: int


@lru_cache(maxsize=1024)
def read_pattern(text: str) -> Pattern:
    """Return a pattern that is safe to run; NotSound with the position if it is none or too heavy."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidExpression("too_long", f"a pattern has at most {MAX_CHARACTERS} characters.")
    reader = _Reader(text)
    written, weight = reader.branches(0)
    if reader.at < len(text):
        raise reader.wrong("this bracket was never opened.")
    if weight > MAX_WEIGHT:
        raise InvalidExpression(
            "too_heavy", f"the pattern weighs {weight}, more than {MAX_WEIGHT}: repeat less."
        )
    _try(written)
    return Pattern(written, weight)


def _try(written: str) -> None:
    """Let the engine build it once: it knows what an own reading may have missed."""
    from chalicelib.campaigns.domain.criteria.cel.engine import matcher

    try:
        matcher(written).execute({"text": ""})
    except RuntimeError:
        raise InvalidExpression("syntax", "this is no regular expression.") from None


class _Reader:
    """Reads a pattern once, left to right, and writes what the engine is to get."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def wrong(self, message: str, code: str = "syntax") -> InvalidExpression:
        return InvalidExpression(code, message, self.text, self.at)

    def branches(self, depth: int) -> tuple[str, int]:
        if depth > _MAX_DEPTH:
            raise self.wrong(f"groups stand at most {_MAX_DEPTH} deep.", "too_deep")
        written, weight = [], 0
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                self.at += 1
                written.append("|")
                weight += 1
                continue
            piece, own = self._atom(depth)
            repeat, times = self._repeats()
            written += [piece, repeat]
            weight += own * times
        return "".join(written), weight

    def _atom(self, depth: int) -> tuple[str, int]:
        sign = self.text[self.at]
        if sign == "(":
            return self._group(depth)
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "*+?{}":
            raise self.wrong("there is nothing here to repeat; write \\{ for the sign itself.")
        self.at += 1
        return sign, 2 if sign == "." else 1

    def _group(self, depth: int) -> tuple[str, int]:
        flags = _FLAGS.match(self.text, self.at)
        if flags:
            self.at = flags.end()
            return flags.group(), 0
        opened = _GROUP.match(self.text, self.at)
        if opened is None:
            raise self.wrong("look-around, references and named groups are not offered.")
        began, self.at = self.at, opened.end()
        inner, weight = self.branches(depth + 1)
        if self.at == len(self.text):
            self.at = began
            raise self.wrong("this bracket is never closed.")
        self.at += 1
        return f"{opened.group()}{inner})", weight + 1

    def _escape(self) -> tuple[str, int]:
        unicode = _UNICODE.match(self.text, self.at)
        if unicode:
            self.at = unicode.end()
            return unicode.group(), _UNICODE_WEIGHT
        sign = self.text[self.at + 1 : self.at + 2]
        if sign.lower() in _CLASSES:
            self.at += 2
            return f"[{'^' if sign.isupper() else ''}{_CLASSES[sign.lower()]}]", 2
        if sign == "b":
            self.at += 2
            return r"(?-u:\b)", 1
        return self._plain_escape(sign), 1

    def _plain_escape(self, sign: str) -> str:
        if not (sign in _PLAIN or (sign.isascii() and sign.isprintable() and not sign.isalnum() and sign)):
            raise self.wrong("this escape is not offered.")
        self.at += 2
        return "\\" + sign

    def _class(self) -> tuple[str, int]:
        began = self.at
        self.at += 1
        written, weight = ["["], 2
        if self.text[self.at : self.at + 1] == "^":
            self.at += 1
            written.append("^")
        first = self.at
        while self.text[self.at : self.at + 1] != "]" or self.at == first:
            if self.at >= len(self.text):
                self.at = began
                raise self.wrong("this class is never closed.")
            piece, own = self._member()
            written.append(piece)
            weight += own
        self.at += 1
        return "".join(written) + "]", weight

    def _member(self) -> tuple[str, int]:
        unicode = _UNICODE.match(self.text, self.at)
        if unicode:
            self.at = unicode.end()
            return unicode.group(), _UNICODE_WEIGHT
        if self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in _CLASSES:
            self.at += 2
            return _CLASSES[self.text[self.at - 1]], 0
        low = self._one()
        if self.text[self.at : self.at + 1] != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return low, 0 if low.isascii() else 1
        self.at += 1
        high = self._one()
        if not (low + high).isascii():
            raise self.wrong("a range has ASCII ends; write \\p{L} for the letters of all languages.")
        return f"{low}-{high}", 0

    def _one(self) -> str:
        if self.text[self.at] == "\\":
            return self._plain_escape(self.text[self.at + 1 : self.at + 2])
        if _SET_SIGNS.match(self.text, self.at):
            raise self.wrong("write a backslash before this sign; sets within sets are not offered.")
        sign = self.text[self.at]
        self.at += 1
        return "\\" + sign if sign in "]^-&~" else sign

    def _repeats(self) -> tuple[str, int]:
        """Return the repetition that follows, and how often it may build what it repeats."""
        began, times = self.at, 1
        count = _COUNT.match(self.text, self.at)
        if count:
            self.at = count.end()
            times = max(1, int(count[3] or count[1]))
            if count[3] and int(count[3]) < int(count[1]):
                raise self.wrong("a repetition counts upwards.")
        elif self.text[self.at : self.at + 1] in ("*", "+", "?"):
            self.at += 1
        if self.at > began and self.text[self.at : self.at + 1] == "?":
            self.at += 1
        return self.text[began : self.at], times
