"""The country of a number that a value beside it names: a country calling code, or a country (SRC-3, INT-7)."""

import functools
import re
from collections.abc import Mapping
from typing import Any

from chalicelib.core.phone_numbers import is_region, region_of_code
from chalicelib.core.plain_text import fold
from chalicelib.core.words import contact_kind, is_carrier

UNKNOWN = "ZZ"
"""The region of a number whose country cannot be read: only a number with `+` is certain."""
_SUFFIXES = (
    "countrycallingcode", "countrydialcode", "internationalcode", "diallingcode", "dialingcode", "callingcode",
    "countryprefix", "countrycode", "dialcode", "isdcode", "country",
)  # fmt: skip
_WITH_PLUS = ("prefix", "code")  # may also be an area code or a code that was sent: they count only with `+`
_OF_A_PAIR = frozenset(
    {*_SUFFIXES, *_WITH_PLUS, "iso", "iso2", "isocode", "countryiso", "countryiso2", "region"}
)
_CALLING_CODE = re.compile(r"(?:\+|00)?\s*([1-9][0-9]{0,2})")
_NAMES = {
    **dict.fromkeys(("uk", "unitedkingdom", "greatbritain"), "GB"),
    **dict.fromkeys(("usa", "unitedstates", "unitedstatesofamerica"), "US"),
}
_PATH = re.compile(r"[.\[\]/]+")


def region_in_pair(pair: Mapping[str, Any], region: str) -> str:
    """Return the region of the number in a pair such as `{"countryCode": "+44", "value": "20 7946 0018"}`."""
    given = {
        _region_of(value) or UNKNOWN
        for name, value in pair.items()
        if fold(name) in _OF_A_PAIR
        and _is_given(value)
        and (fold(name) not in _WITH_PLUS or _has_plus(value))
    }
    return region if not given else given.pop() if len(given) == 1 else UNKNOWN


class PhoneRegions:
    """The regions of the numbers beside each other, by the names of the values.

    `phone_country_code` is for `phone`; a code without a number of its name is for every number. Without a code a
    number is one of the project's region.

    Example:
        >>> PhoneRegions({"phone": "20 7946 0018", "phone_country_code": "+44"}, "US").of("phone")
        'GB'
    """

    def __init__(self, values: Mapping[str, Any], region: str) -> None:
        self._region = region
        self._codes = _code_words(tuple(values))
        if not self._codes:
            return
        self._by_owner: dict[str, str] = {}
        self._general: set[str] = set()
        names = {_stem(name) for name in values}
        for owner, needs_plus, name in self._codes:
            value = values[name]
            if not _is_given(value) or (needs_plus and not _has_plus(value)):
                continue
            country = _region_of(value) if owner or _CALLING_CODE.fullmatch(str(value).strip()) else None
            if owner in names:
                self._by_owner[owner] = country or UNKNOWN
            elif owner or country:
                self._general.add(country or UNKNOWN)

    def of(self, name: str) -> str:
        """Return the region of the number with this name."""
        if not self._codes:
            return self._region
        found = self._by_owner.get(_stem(name))
        if found is None and self._general:
            found = next(iter(self._general)) if len(self._general) == 1 else UNKNOWN
        return found or self._region


@functools.lru_cache(maxsize=64)
def _code_words(names: tuple[str, ...]) -> tuple[tuple[str, bool, str], ...]:
    """Return the names that are words of codes, each after what it means; senders send the same names again."""
    return tuple((*found, name) for name in names if (found := _code_word(name)) is not None)


@functools.lru_cache(maxsize=4096)
def _code_word(name: str) -> tuple[str, bool] | None:
    """Return whose country code a name means (blank for any number), and whether it counts only with `+`."""
    if len(name) > 200:
        return None
    whole = "".join(map(fold, _PATH.split(name)))
    word = whole.rstrip("0123456789")
    for suffix in (*_SUFFIXES, *_WITH_PLUS):
        if word.endswith(suffix):
            owner = word.removesuffix(suffix) + whole[len(word) :]
            if contact_kind(owner) == "phone":
                return owner, suffix in _WITH_PLUS
            if not owner and suffix not in ("country", *_WITH_PLUS):
                return "", False  # of the whole lead: a country alone is that of the address
    return None


def _stem(name: str) -> str:
    parts = [part for part in map(fold, _PATH.split(name)) if part]
    while len(parts) > 1 and is_carrier(parts[-1]):
        parts.pop()
    return "".join(parts)


def _region_of(value: Any) -> str | None:
    """Return the region of a calling code or of a country in two letters; None if it is neither."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    match = _CALLING_CODE.fullmatch(text)
    if match is not None and match[1] == "1":
        return "US"
    region = region_of_code(int(match[1])) if match else _NAMES.get(fold(text), text.upper())
    return region if region and is_region(region) else None


def _is_given(value: Any) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _has_plus(value: Any) -> bool:
    return isinstance(value, str) and value.strip().startswith("+")
