"""Numbers by the world's numbering plans: E.164, *possible* and *valid* (INT-7)."""

import functools
import re
from pathlib import Path
from typing import Any

from chalicelib.core.quick_dataclass import dataclass

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
_ITALIAN_MOBILE = re.compile(
    r"(?:(?:00)?39)?03[0-9]{9}"
)  # of full length, after a zero that mobile numbers do not have
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


def e164_of(digits: str, plus: bool, region: str, groups: tuple[str, ...] = ()) -> str:
    """Return the E.164 form of a number that is possible in `region`, or in any country after `+`; or the reason.

    The reasons are `not_a_number` and `ambiguous_number`. Possible is a number of the full length for its country; for
    +1 also `[2-9]XX[2-9]XXXXXX`. A number that lacks its area code is not, nor one whose E.164 form reads as another
    number: no search would find it. After the prefix of a call to another country, such as 00, a number must be valid.
    Mexico's former prefixes (1 after +52, and 01, 044, 045) are left out if the rest is valid.

    Digits without `+` are read with and without the region's own country code at their beginning. If one reading is
    valid, it counts. If several are, or several are possible and none is valid, the number is ambiguous. So is a number
    after a zero that its country does not write, if the rest is valid. `groups` are the digits as they are grouped.

    Example:
        >>> e164_of("49301234567", False, "DE"), e164_of("4921123456", False, "DE")
        ('+49301234567', 'ambiguous_number')
    """
    plus = plus and not digits.startswith("0")  # no country code begins with 0: +0049 is written for 0049
    readings = [_reading(digits, plus, region)]
    if plus and readings[0].is_certain:
        return str(readings[0].normal)
    if not plus:
        readings += _with_own_country_code(digits, region)
    valid = {one.normal for one in readings if one.is_valid and one.normal}
    possible = {one.normal for one in readings if one.normal}
    zero_apart = "0" in groups or bool(not plus and _ITALIAN_MOBILE.fullmatch(digits))
    others = {rest for one in readings if zero_apart or not one.is_valid for rest in one.without_zero} - valid
    if not any(one.is_possible for one in readings):
        return "not_a_number"
    if others or len(valid) > 1 or (not valid and len(possible) > 1):
        return "ambiguous_number"
    return str((valid or possible or {"not_a_number"}).pop())


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


def region_of_code(code: int) -> str:
    """Return the main region of a country calling code; for an unknown code no region."""
    import phonenumbers

    return str(phonenumbers.region_code_for_country_code(code))


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


@dataclass(frozen=True)
class _Reading:
    """One reading of digits: its E.164 form if it is accepted, and the valid numbers without its first zeros."""

    normal: str | None = None
    is_possible: bool = False
    is_valid: bool = False
    without_zero: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Return True for a valid number that has no zero at its beginning."""
        return self.is_valid and not self.without_zero


def _reading(digits: str, plus: bool, region: str) -> _Reading:
    import phonenumbers  # 30 ms with its first table: import it only where a number is read

    mexican = _without_mexican_prefix(digits, plus, region)
    if mexican is not None:
        return _Reading(mexican, True, True)
    try:
        number = phonenumbers.parse(f"+{digits}" if plus else digits, region)
    except phonenumbers.NumberParseException:
        return _Reading()
    normal = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    zeros = () if digits.startswith("00") else _without_zeros(number, normal)
    is_possible = (
        phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    if normal.startswith("+1") and not _TEN_DIGITS.fullmatch(normal):
        return _Reading(None, is_possible, without_zero=zeros)
    if phonenumbers.is_valid_number(number):
        return _Reading(normal, True, True, zeros)
    if not plus and number.country_code != phonenumbers.country_code_for_region(region):
        return _Reading(None, is_possible)  # a prefix may only look like that of a call to another country
    accepted = (
        is_possible
        and len(normal) <= _MOST_DIGITS + 1
        and (plus or not digits.startswith("00"))
        and not (number.italian_leading_zero and not _may_begin_with_zero(number))
        and _reads_back(normal)
    )
    return _Reading(normal if accepted else None, is_possible, without_zero=zeros)


def _with_own_country_code(digits: str, region: str) -> list[_Reading]:
    """Return the other readings of digits without `+` that begin with the region's own country code, or 00 and it."""
    import phonenumbers

    code = str(phonenumbers.country_code_for_region(region))
    if digits.startswith(code):
        return [_reading(digits, True, region), _reading(code + digits, True, region)]
    abroad = re.fullmatch(rf"(?:00|011)({code}\d+)", digits)
    reading = _reading(abroad[1], True, region) if abroad else _Reading()
    return [reading] if reading.is_valid or reading.without_zero else []


def _without_zeros(number: Any, normal: str) -> tuple[str, ...]:
    """Return the valid numbers that are left of a number without one or all of the zeros at its beginning."""
    if not number.italian_leading_zero:
        return ()
    code = f"+{number.country_code}"
    national = normal.removeprefix(code)
    rests = {national.lstrip("0"), national[1:]}
    return tuple(code + rest for rest in sorted(rests) if _reads_back(code + rest) and is_valid(code + rest))


def _may_begin_with_zero(number: Any) -> bool:
    """Return True if the plan of the number's country has numbers of this form that begin with a zero."""
    import phonenumbers

    plan: Any = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(
        number.country_code, phonenumbers.region_code_for_country_code(number.country_code)
    )
    national = phonenumbers.national_significant_number(number)
    return plan is not None and bool(re.fullmatch(plan.general_desc.national_number_pattern, national))


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
