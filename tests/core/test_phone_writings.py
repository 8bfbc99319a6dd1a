"""The usual writings of the example numbers of all regions: the right number or a refusal, never another (INT-7)."""

import re
from collections.abc import Iterator
from typing import Any

import phonenumbers
import pytest

from chalicelib.core.contact_reader import Contact, read_phone

FORMATS, KINDS = phonenumbers.PhoneNumberFormat, phonenumbers.PhoneNumberType
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def read(text: str, region: str) -> str:
    """Return the number in E.164, or the reason in brackets."""
    found = read_phone(text, region)
    return str(found.normal) if isinstance(found, Contact) else f"({found})"


def examples(region: str) -> Iterator[Any]:
    for kind in (KINDS.FIXED_LINE, KINDS.MOBILE):
        if number := phonenumbers.example_number_for_type(region, kind):
            yield number


def writings(number: Any, region: str) -> Iterator[str]:
    """Yield a number with and without `+`, 00, trunk prefix and a zero apart, plain, with blanks and with dashes."""
    code, national = str(number.country_code), phonenumbers.national_significant_number(number)
    grouped = phonenumbers.format_number(number, FORMATS.INTERNATIONAL).removeprefix(f"+{code}").strip()
    plan: Any = phonenumbers.PhoneMetadata.metadata_for_region(region)
    trunk = plan.national_prefix or ""
    for rest in (national, grouped, grouped.replace(" ", "-")):
        yield from (f"+{code} {rest}", f"(+{code}) {rest}", f"00{code} {rest}", f"00 {code}-{rest}")
        yield from (f"+00{code} {rest}", f"011 {code} {rest}", f"{code} {rest}", f"{code}-{rest}", rest)
        yield from (f"+{code} (0){rest}", f"+{code} 0 {rest}", f"00{code}(0){rest}", f"{code} (0) {rest}")
        yield from (
            f"(0){rest}",
            f"0 {rest}",
            f"{trunk} {rest}",
            f"+{code} ({trunk}) {rest}" if trunk else rest,
        )
    yield from (f"{code}{national}", f"00{code}{national}", f"{trunk}{national}", f"+{code}{trunk}{national}")
    shown = phonenumbers.format_number(number, FORMATS.NATIONAL)
    yield from (shown, shown.replace(" ", "-"), re.sub(r"\D", "", shown))


@pytest.mark.parametrize("region", REGIONS)
def test_INT_7_a_usual_writing_is_read_as_the_number_or_refused(region: str) -> None:
    for number in examples(region):
        normal = phonenumbers.format_number(number, FORMATS.E164)
        for text in writings(number, region):
            found = read(text, region)
            assert found == normal or found.startswith("("), (text, normal, found)


def test_INT_7_nearly_all_writings_with_a_country_code_are_read() -> None:
    read_ones = total = 0
    for region in REGIONS:
        for number in examples(region):
            normal = phonenumbers.format_number(number, FORMATS.E164)
            assert read(normal, region) == normal
            for text in (f"00{normal[1:]}", normal[1:], phonenumbers.format_number(number, FORMATS.NATIONAL)):
                read_ones += read(text, region) == normal
                total += 1
    assert read_ones > total * 98 / 100


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("0061412345678", "AU", "+61412345678"),
        ("0061 2 1234 5678", "AU", "+61212345678"),
        ("0081312345678", "JP", "+81312345678"),
        ("0062812345678", "ID", "+62812345678"),
        ("011 49 30 123456", "DE", "+4930123456"),
        ("00 1 202 555 0147", "US", "+12025550147"),
        ("43 (0) 664 123456", "AT", "+43664123456"),
        ("+0049 30 901820", "DE", "+4930901820"),
        ("+0057 601 2345678", "CO", "+576012345678"),
        ("0082 (0)10 2000 0000", "KR", "(ambiguous_number)"),
    ],
)
def test_INT_7_00_and_the_own_country_code_is_a_call_from_abroad(
    text: str, region: str, expected: str
) -> None:
    assert read(text, region) == expected


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("4915123456789", "DE"),
        ("49 151 23456789", "DE"),
        ("4921123456", "DE"),
        ("62812345678", "ID"),
        ("468123456", "SE"),
        ("38328012345", "XK"),
    ],
)
def test_INT_7_digits_that_may_begin_with_the_country_code_are_ambiguous(text: str, region: str) -> None:
    assert read(text, region) == "(ambiguous_number)"
    assert read(f"+{text}", region) == f"+{text.replace(' ', '')}"
    form = read_phone(f" {text}", region, form=True)
    assert form == "plus_not_encoded"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+56 (0)2 2123 4567", "CL"),
        ("0 9 8765 4321", "CL"),
        ("+39 (0)312 345 6789", "IT"),
        ("03123456789", "IT"),
        ("3903123456789", "IT"),
        ("+420 0601 123 456", "CZ"),
        ("0512 345 678", "PL"),
        ("+30 (0)21 2345 6789", "GR"),
        ("03211234567", "CO"),
        ("501 (0) 222-1234", "BZ"),
    ],
)
def test_INT_7_a_zero_that_the_country_does_not_write_is_refused(text: str, region: str) -> None:
    assert read(text, region) == "(ambiguous_number)"


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("0321 123456", "IT", "+390321123456"),
        ("+39 0321 123456", "US", "+390321123456"),
        ("+39 (0)2 1234 5678", "US", "+390212345678"),
        ("+3903123456789", "IT", "+3903123456789"),
        ("+44 (0)20 7946 0958", "US", "+442079460958"),
        ("01 23 45 67 89", "CI", "+2250123456789"),
        ("1 202 555 0147", "US", "+12025550147"),
        ("12025550147", "CA", "+12025550147"),
        ("1 679 234 5678", "US", "+16792345678"),
        ("7123456789", "KZ", "+77123456789"),
        ("91987 65432", "IN", "+919198765432"),
        ("0 202 555 0147", "US", "(not_a_number)"),
        ("+1 0 202 555 0147", "US", "(not_a_number)"),
    ],
)
def test_INT_7_what_is_certain_is_read_as_before(text: str, region: str, expected: str) -> None:
    assert read(text, region) == expected
