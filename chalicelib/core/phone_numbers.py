"""Numbers by the world's numbering plans: E.164, *possible* and *valid* (INT-7)."""

import functools
import re
from pathlib import Path
from typing import Any

_PLAN_OF_1 = frozenset(
    "US CA AG AI AS BB BM BS DM DO GD GU JM KN KY LC MP MS PR SX TC TT VC VG VI".split()
)  # fmt: skip
_NORTH_AMERICAN = re.compile(r"(\+?1)?[ .-]?\(?([2-9][0-9]{2})\)?[ .-]?([2-9][0-9]{2})[ .-]?([0-9]{4})")
_TEN_DIGITS = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}")
_AREA_CODES = Path(__file__).resolve().parents[1] / "data" / "area-codes.txt"
_MOST_DIGITS = 15  # of E.164, with the country code
_FOLDED = {
    "+52": (re.compile(r"\+521([2-9][0-9]{9})"), r"+52\1"),
    "+54": (re.compile(r"\+549([0-9]{10})"), r"+54\1"),
    "+55": (re.compile(r"\+55([1-9]{2})([689][0-9]{7})"), r"+55\g<1>9\2"),
}
_MEXICAN = re.compile(r"(?:00|011)?521([2-9][0-9]{9})")
_MEXICAN_TRUNK = re.compile(r"(?:01|044|045)([2-9][0-9]{9})")


def north_american(text: str, region: str) -> str | None:
    """Return a number in a plain North American form as E.164, or None for any other text.

    Tests prove that the result equals that of the library. This costs a fraction of it, and imports nothing.
    """
    match = None if text.endswith(".0000") else _NORTH_AMERICAN.fullmatch(text)  # may be a fraction
    if match is None or not (region in _PLAN_OF_1 or (match[1] or "").startswith("+")):
        return None
    return f"+1{match[2]}{match[3]}{match[4]}"


def e164_of(digits: str, plus: bool, region: str) -> str | None:
    """Return the E.164 form of a number that is possible in `region`, or in any country after `+`; otherwise None.

    Possible is a number of the full length for its country; for +1 also `[2-9]XX[2-9]XXXXXX`. A number that lacks its
    area code is not, nor one whose E.164 form reads as another number: no search would find it. After the prefix of a
    call to another country, such as 00, a number must be valid. Mexico's former prefixes (1 after +52, and 01, 044,
    045) are left out if the rest is valid.
    """
    import phonenumbers  # 30 ms with its first table: import it only where a number is read

    mexican = _without_mexican_prefix(digits, plus, region)
    if mexican is not None:
        return mexican
    try:
        number = phonenumbers.parse(f"+{digits}" if plus else digits, region)
    except phonenumbers.NumberParseException:
        return None
    normal = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return normal if phonenumbers.is_valid_number(number) else None
    if normal.startswith("+1") and not _TEN_DIGITS.fullmatch(normal):
        return None
    if phonenumbers.is_valid_number(number):
        return normal
    if not plus and number.country_code != phonenumbers.country_code_for_region(region):
        return None  # a prefix that may only look like that of a call to another country
    return normal if len(normal) <= _MOST_DIGITS + 1 and _reads_back(normal) else None


def folded(normal: str) -> str:
    """Return a number in E.164 as its country writes it today, in one form for former and present prefixes.

    Mexico's former 1 is left out. A Brazilian mobile number without its ninth digit gets it. Argentina's 9, which only
    says that the number is mobile, is left out. This needs no table of numbering plans, so its answer never changes.

    Example:
        >>> folded("+5215512345678"), folded("+551187654321"), folded("+5491123456789")
        ('+525512345678', '+5511987654321', '+541123456789')
    """
    pattern, form = _FOLDED.get(normal[:3], (None, ""))
    match = pattern.fullmatch(normal) if pattern else None
    return match.expand(form) if match else normal


def is_valid(normal: str) -> bool:
    """Return True if the numbering plan of its country assigns this number, given in E.164."""
    if normal.startswith("+1") and _assigned_in_us().fullmatch(normal[2:]):
        return True
    import phonenumbers

    return bool(phonenumbers.is_valid_number(phonenumbers.parse(normal)))


def is_assigned(normal: str) -> bool:
    """Return True if our list has the area code of a North American number, given in E.164."""
    return bool(_TEN_DIGITS.fullmatch(normal)) and normal[2:5] in _area_codes()


def is_grouped_as_usual(normal: str, groups: tuple[str, ...]) -> bool:
    """Return True if at least seven digits are grouped as the number's country groups them."""
    import phonenumbers

    number, formats = phonenumbers.parse(normal), phonenumbers.PhoneNumberFormat
    for shape in (formats.NATIONAL, formats.INTERNATIONAL):
        usual = re.findall(r"\d+", phonenumbers.format_number(number, shape))
        if len(groups) > 1 and usual[-len(groups) :] == list(groups) and sum(map(len, groups)) >= 7:
            return True
    return False


def is_region(region: str) -> bool:
    """Return True if phone numbers can be read with this region as the default."""
    import phonenumbers

    return region in phonenumbers.SUPPORTED_REGIONS


@functools.cache
def _assigned_in_us() -> re.Pattern[str]:
    """Return the library's pattern of numbers of the United States, which costs a fraction of the whole check."""
    import phonenumbers

    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region("US")
    return re.compile(metadata.fixed_line.national_number_pattern)


@functools.cache
def _area_codes() -> frozenset[str]:
    lines = _AREA_CODES.read_text(encoding="ascii").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _without_mexican_prefix(digits: str, plus: bool, region: str) -> str | None:
    """Return a valid number of Mexico that is written with a former prefix, without it; None for any other."""
    is_national = region == "MX" and not plus
    match = _MEXICAN.fullmatch(digits)
    if match and not (is_national or digits.startswith("5" if plus else "0")):
        match = None  # the country code needs `+` or the prefix of a call to another country
    match = match or (_MEXICAN_TRUNK.fullmatch(digits) if is_national else None)
    normal = f"+52{match[1]}" if match else None
    return normal if normal and is_valid(normal) else None


def _reads_back(normal: str) -> bool:
    import phonenumbers

    try:
        again = phonenumbers.parse(normal)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) == normal)
