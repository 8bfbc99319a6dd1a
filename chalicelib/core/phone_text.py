"""The digits of a phone number as they are written, without a guess (INT-7).

Letters are never digits. Text that could be a date, an amount, a masked or a second number is refused with a reason.
"""

import re
from datetime import date

from chalicelib.core.damage import damage_of
from chalicelib.core.plain_text import plain_text, with_ascii_digits
from chalicelib.core.quick_dataclass import dataclass

MAX_CHARACTERS = 100
_QUOTES = "'`\u2018\u2019"
_WRAPPED = re.compile(r'=?"([^"]*)"|=(\+?\d[^"=]*)')
_LABEL = re.compile(r"(?:tel|phone|mobile|cell|callto|sms|whatsapp|ph|p|t|m)\.?\s*:\s*(?://)?", re.IGNORECASE)
_LABELLED_EXTENSION = re.compile(
    r"\s*[,;]?\s*(?:extension|extn|ext|доб)\.?\s*[:=#]?\s*(\d{1,8})#?", re.IGNORECASE
)
_SHORT_EXTENSION = re.compile(r"(\s*)[,;]?\s*[x#]\.?\s*(\d{1,6})", re.IGNORECASE)
_BODY = re.compile(r"[(\[]?\+?[(\[]? *\d[\d ().\[\]/-]*")
_DATES = (
    re.compile(r"(?P<d>\d{1,2})([./-])(?P<m>\d{1,2})\2(?P<y>\d{4}|\d{2})"),
    re.compile(r"(?P<m>\d{1,2})([./-])(?P<d>\d{1,2})\2(?P<y>\d{4}|\d{2})"),
    re.compile(r"(?P<y>\d{4})([./-])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"),
)
_BARE_DATE = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")
_FRACTION = re.compile(r"[^.]*\d\.\d{1,2}")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_LONG_GROUP = 7  # the least digits of a whole number
_SHORT_WORD = 3
_LONGEST_VANITY = 12


@dataclass(frozen=True, slots=True)
class WrittenPhone:
    """A phone number as written: its digits, whether they begin with `+`, their groups, extension and damage."""

    digits: str
    plus: bool
    groups: tuple[str, ...]
    extension: str | None = None
    short_extension: bool = False
    looks_like_date: bool = False
    mended: tuple[str, ...] = ()


def written_phone(text: str) -> WrittenPhone | str:
    """Return the number in a text as it is written, or the reason why it cannot be read."""
    plain = plain_text(text) if len(text) <= MAX_CHARACTERS else None
    if plain is None:
        return "not_a_number"
    plain, mended = without_damage(with_ascii_digits(plain).translate(_HYPHENS))
    if damage := damage_of(plain):
        return damage
    if any(_is_date(pattern.fullmatch(plain)) for pattern in _DATES):
        return "date"
    label = _LABEL.match(plain)
    body, extension, short = _without_extension(plain[label.end() :] if label else plain)
    groups = tuple(re.findall(r"\d+", body))
    if problem := _problem_of(body, groups):
        return problem
    bare_date = _is_date(_BARE_DATE.fullmatch(plain))
    return WrittenPhone("".join(groups), "+" in body, groups, extension, short, bare_date, mended)


def _problem_of(body: str, groups: tuple[str, ...]) -> str | None:
    if not _BODY.fullmatch(body):
        return _reason_of_letters(body)
    if _FRACTION.fullmatch(body):
        return "trailing_zero"
    if ".." in body or body.rstrip()[-1] in "-/(+[":
        return "not_a_number"
    return "two_numbers" if _holds_two(body, groups) else None


def without_damage(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without a spreadsheet's leading apostrophe and quotation marks, and what was taken off."""
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped:
        text = (wrapped[1] or wrapped[2] or "").strip()
    if text[:1] and text[0] in _QUOTES:
        text = text[1:].strip()
        if text[-1:] and text[-1] in _QUOTES:
            text = text[:-1].strip()
        return text, ("apostrophe",)
    return text, ("quotation_marks",) if wrapped else ()


def _without_extension(text: str) -> tuple[str, str | None, bool]:
    """Return the number, its extension, and whether only `x` or `#` marks it."""
    for pattern, digits in ((_LABELLED_EXTENSION, 1), (_SHORT_EXTENSION, 2)):
        for match in pattern.finditer(text):
            if match.end() == len(text) and match.start():
                return text[: match.start()].rstrip(), match[digits], digits == 2 and not match[1]
    return text, None, False


def _reason_of_letters(text: str) -> str:
    """Return `vanity_number` for a word among the digits, otherwise `not_a_number`: a mask, a note, a sentence."""
    words = re.findall(r"[A-Za-z]+", text)
    digits = sum(sign.isdigit() for sign in text)
    length = digits + sum(map(len, words))
    spelled = any(len(word) >= _SHORT_WORD and len(set(word.upper())) > 1 for word in words)
    fits = digits and len(words) <= 2 and _LONG_GROUP <= length <= _LONGEST_VANITY
    return "vanity_number" if spelled and fits else "not_a_number"


def _holds_two(body: str, groups: tuple[str, ...]) -> bool:
    """Return True for two numbers, also those that share their beginning: `030 2312500/01`."""
    if sum(len(group) >= _LONG_GROUP for group in groups) > 1:
        return True
    if groups[0].startswith("0") and len(groups[0]) > 1 and groups[0] in groups[1:]:
        return True
    before, slash, after = body.partition("/")
    if not slash:
        return False
    second = sum(map(str.isdigit, after))
    national = before.lstrip(" ([").startswith(("+", "0"))
    area_only = len(re.findall(r"\d+", before)[-1]) < _LONG_GROUP - 1
    return "/" in after or second < _LONG_GROUP - 3 or not (area_only and (national or second >= _LONG_GROUP))


def _is_date(match: re.Match[str] | None) -> bool:
    """Return True for a calendar date from 1900 to 2099."""
    if match is None:
        return False
    year = int(match["y"])
    try:
        date(year if len(match["y"]) == 4 else 2000 + year, int(match["m"]), int(match["d"]))
    except ValueError:
        return False
    return 1900 <= year <= 2099 or year < 100
