"""Text as a person sees it: without invisible marks, in NFKC, and only if nothing changes its meaning (INT-7)."""

import re
import unicodedata

_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
)
_MARKS = re.compile(r"[\s_*:?-]+")
_SAME_CHARACTER = frozenset(("<wide>", "<narrow>", "<noBreak>"))


def shown(text: str) -> str:
    """Return the text without characters that show nothing, such as zero-width blanks and marks of direction."""
    if text.isascii():
        return text
    return "".join(character for character in text if not _is_invisible(character))


def plain_text(text: str) -> str | None:
    """Return the text trimmed, in NFKC and without invisible marks.

    None if NFKC would read another sign as a letter, digit or point: `²` is no 2, and `…` is not three points.
    """
    if text.isascii():
        return text.strip()
    visible = shown(text).strip()
    if not all(map(_keeps_its_meaning, visible)):
        return None
    return unicodedata.normalize("NFKC", visible).strip()


def with_ascii_digits(text: str) -> str:
    """Return the text with each decimal digit of any script as its ASCII digit."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def fold(word: str) -> str:
    """Return a word as it is compared: without case, blanks, hyphens, underscores, invisible and end marks (SRC-7).

    Example:
        >>> fold("Phone Number:") == fold("phone-number") == fold("phone_number")
        True
    """
    if not word.isascii():
        word = unicodedata.normalize("NFKC", shown(word))
    return _without_marks(word.casefold())


def _without_marks(word: str) -> str:
    if word.isalnum():
        return word
    word = _MARKS.sub("", word)
    return word if word.isascii() else "".join(sign for sign in word if unicodedata.category(sign) != "Pd")


def _is_invisible(character: str) -> bool:
    return character in _INVISIBLE or unicodedata.category(character) == "Cf"


def _keeps_its_meaning(character: str) -> bool:
    decomposition = unicodedata.decomposition(character)
    if not decomposition.startswith("<"):
        return True
    kind = decomposition.partition(" ")[0]
    return kind in _SAME_CHARACTER or unicodedata.category(character) in ("Zs", "Ll", "Lu", "Nd")
