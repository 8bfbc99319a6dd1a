"""What is certain is read; what is not is refused with a reason (INT-7, SRC-3)."""

import re
import sys
import unicodedata
from subprocess import run

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.core import phone_numbers
from chalicelib.core.contact_reader import (
    REASONS,
    Contact,
    normal_email,
    phone_in_text,
    read_contact,
    read_email,
    read_phone,
)
from chalicelib.core.phone_numbers import e164_of, is_assigned, is_region, is_valid, north_american

ONE = "+12025550147"
REGIONS = ("US", "CA", "DE", "GB", "IT", "FR", "SG", "DK")


def phone(text: str, region: str = "US") -> str:
    """Return the number in E.164, or the reason in brackets."""
    found = read_phone(text, region)
    return str(found.normal) if isinstance(found, Contact) else f"({found})"


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("(202) 555-0100", "US", "+12025550100"),
        ("202.555.0100", "US", "+12025550100"),
        ("1 202 555 0100", "US", "+12025550100"),
        ("+1 202-555-0100", "DE", "+12025550100"),
        ("tel:+1-202-555-0100", "DE", "+12025550100"),
        ("p:+12025550100", "DE", "+12025550100"),
        ("\ufeff+1 202 555 0100\u200b", "US", "+12025550100"),
        ("\uff0b1 202 555 0100", "US", "+12025550100"),
        ("\u202a+12025550100\u202c", "US", "+12025550100"),
        ("202\u2011555\u20110100", "US", "+12025550100"),
        ("202\u00a0555\u00a00100", "US", "+12025550100"),
        ("\u0662\u0660\u0662 555 0100", "US", "+12025550100"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", "US", "+442079460958"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("030/901820", "DE", "+4930901820"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("06 69812345", "IT", "+390669812345"),
        ("01.23.45.67.89", "FR", "+33123456789"),
        ("+1 999 555 0100", "US", "+19995550100"),
    ],
)
def test_INT_7_phones_are_read_in_national_and_international_form(
    text: str, region: str, expected: str
) -> None:
    assert phone(text, region) == expected


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        *(
            (text, "US", "not_a_number")
            for text in ("415-200-XXXX", "312XXXXXXX", "312xxxxxxx", "415-2OO-0147")
        ),
        *(
            (text, "US", "not_a_number")
            for text in ("415-200-****", "415-200-____", "(415) 200-01??", "call me")
        ),
        *(
            (text, "US", "not_a_number")
            for text in ("202-555-01\u2026", "202-555-01..", "202-555-\u2022\u2022\u2022\u2022")
        ),
        *((text, "US", "not_a_number") for text in ("202555014\u00b2", "202555014\u2461", "20255501\u2157")),
        *(
            (text, "DE", "not_a_number")
            for text in ("030 23125 000 mobil", "030 23125 000 Ann", "030 2312x5000")
        ),
        *((text, "US", "vanity_number") for text in ("1-800-FLOWERS", "(800) GO-FEDEX", "800-MATTRES")),
        *(
            (text, "US", "not_a_number")
            for text in ("555-0100", "12", "+", "\x00", "0" * 10_000, "+1 123 456 7890")
        ),
        *(
            (text, "DE", "not_a_number")
            for text in ("-4930123456", "030 2312-", "++4930123456", "30 12345+6789")
        ),
        *((text, "US", "empty") for text in ("", " ", "\u200b", "'")),
    ],
)
def test_FILE_A1_letters_masks_and_notes_are_no_digits(text: str, region: str, reason: str) -> None:
    assert phone(text, region) == f"({reason})"


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        *(
            (text, "US", "trailing_zero")
            for text in ("+4930123456.0", "2025550100.0", "+49 30-123456.0", "2025550100,00")
        ),
        *((text, "DE", "trailing_zero") for text in ("30123456.5", "4930123456.25", "030 23125.000")),
        *((text, "US", "exponent") for text in ("2.025550100E9", "2,02555E+09", "4e10")),
        *(
            (text, "US", "two_numbers")
            for text in ("2025550100, 2025550101", "2025550100 2025550101", "2025550100/2025550101")
        ),
        *(
            (text, "DE", "two_numbers")
            for text in ("030 2312500/01", "2312500/2312501", "0301234 0301235", "030 123 030 124")
        ),
    ],
)
def test_FILE_A8_damage_is_refused_with_its_reason(text: str, region: str, reason: str) -> None:
    assert phone(text, region) == f"({reason})"


@pytest.mark.parametrize(
    "text",
    [
        "30.11.2026",
        "30/11/2026",
        "3-1-2026",
        "2026-11-30",
        "2026/11/3",
        "2026.11.30",
        "11/30/2026",
        "30.11.26",
        "19991231",
    ],
)
def test_FILE_A9_a_calendar_date_is_no_phone(text: str) -> None:
    assert phone(text, "GB") == "(date)"
    assert phone_in_text(text, "DE") is None


def test_FILE_A9_bare_digits_of_a_date_are_a_phone_only_if_valid() -> None:
    assert phone("20261130", "DK") == "+4520261130"
    assert is_valid("+4520261130")
    assert phone("20261330", "DE") == "+4920261330"  # no month 13: no date
    assert phone_in_text("20261130", "DK") is None


@pytest.mark.parametrize("mark", ["'", "`", "\u2018", "\u2019"])
def test_FILE_A10_a_spreadsheets_apostrophe_is_taken_off_and_told(mark: str) -> None:
    assert read_contact(f"{mark}stop5@example.org", "US") == Contact(
        "email", "stop5@example.org", mended=("apostrophe",)
    )
    assert read_contact(f"{mark}202-555-0147", "US") == Contact("phone", ONE, mended=("apostrophe",))
    assert read_contact(f"{mark}stop5@example.org{mark}", "US") == Contact(
        "email", "stop5@example.org", mended=("apostrophe",)
    )
    assert read_email("o'brien@example.com") == Contact("email", "o'brien@example.com")


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        *(
            (f"202-555-0147{mark}55", "55")
            for mark in (" x", "x", " ext. ", ", ext ", ";ext=", " extension ", " #", " EXT:")
        ),
        ("+1 (202) 555-0147 x 007", "007"),
        ("202-555-0147", None),
    ],
)
def test_FILE_A11_an_extension_is_kept_apart_from_the_number(text: str, extension: str | None) -> None:
    assert read_phone(text, "US") == Contact("phone", ONE, extension)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        (" 6562345678", "US", "plus_not_encoded"),  # valid in Singapore and in the United States
        (" 6591234567", "US", "+6591234567"),
        (" 2025550147", "US", ONE),
        (" 12025550147", "US", ONE),
        (" 12025550147", "DE", ONE),
        (" 000000", "US", "plus_not_encoded"),
        ("  2025550147", "US", ONE),
        (" (202) 555-0147", "US", ONE),
    ],
)
def test_FILE_A7_a_plus_that_was_not_encoded_is_read_only_if_certain(
    text: str, region: str, expected: str
) -> None:
    found = read_phone(text, region, form=True)
    assert (found.normal if isinstance(found, Contact) else found) == expected


def test_FILE_A7_outside_forms_a_blank_is_a_blank() -> None:
    assert phone(" 6562345678", "US") == "+16562345678"


def test_FILE_A12_a_new_area_code_is_possible_assigned_and_not_valid() -> None:
    assert phone("(679) 234-5678") == "+16792345678"
    assert not is_valid("+16792345678")
    assert is_assigned("+16792345678")
    assert not is_assigned("+19995550100")
    assert not is_assigned("+4930901820")


LETTERS = "ABCXYZabcxyzO"
numbers = st.sampled_from(
    "202-555-0147|+1 202 555 0147|(415) 200-0147|030 23125000|+49 30 901820|020 7946 0958|+65 9123 4567"
    "|01 23 45 67 89|06 69812345|20 26 11 30|+45 20 26 11 30".split("|")
)
MARKS = (
    "*",
    "_",
    "?",
    "\u2026",
    "\u00b2",
    "\u2460",
    "\u00bd",
    ".0",
    ".5",
    ",00",
    "E9",
    "/01",
    " / ",
    "..",
    "+",
)
SIGNS = ("\u200b", "\u00ad", "\ufe0f", "'", "`", '"', "\n", "\t", ";", "|", "\u0663", "\uff13")
damages = st.sampled_from((*LETTERS, *MARKS, *SIGNS, " x5", " ext 12", "2026-11-30"))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Return a number as people write it, with up to three kinds of damage anywhere, or two numbers."""
    text = draw(numbers)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(damages | numbers) + text[at + draw(st.integers(0, 1)) :]
    return text


def digits_of(text: str) -> str:
    return "".join(f"{unicodedata.decimal(sign)}" for sign in text if sign.isdecimal())


@given(damaged(), st.sampled_from(REGIONS))
@example("030 23125 000 mobil", "DE")
@example("00 23125000", "SG")
@example("+\n1 202 555 0147", "US")
@example("+49 30 901820 x5", "US")
def test_SRC_3_no_number_is_read_that_was_not_written(text: str, region: str) -> None:
    found = read_phone(text, region)
    if isinstance(found, str):
        assert found in REASONS
        return
    number = phonenumbers.parse(found.normal)
    national = str(phonenumbers.national_significant_number(number))
    written: str = digits_of(text)
    if found.extension:
        assert written.endswith(found.extension)
        written = written.removesuffix(found.extension)
    assert written.endswith(national)
    before = written.removesuffix(national)
    assert re.fullmatch(rf"(00\d?|011)?({number.country_code})?[01]?", before), (text, found)
    words = re.findall("[A-Za-z]+", text)
    assert not words or (found.extension and words in (["x"], ["ext"])), (text, found)
    assert not {"*", "_", "?", "\u2026", "\u00b2", "\u2460", "\u00bd", "|", "\n"} & set(
        text.strip("\u200b\u00ad\ufe0f \n\t")
    )


@given(damaged(), st.sampled_from(REGIONS))
def test_I11_reading_a_number_twice_changes_nothing(text: str, region: str) -> None:
    found = read_phone(text, region)
    if isinstance(found, Contact):
        for elsewhere in REGIONS:
            assert phone(found.normal, elsewhere) == found.normal


@given(damaged(), st.sampled_from(REGIONS))
def test_SRC_3_text_without_a_contact_word_is_stricter(text: str, region: str) -> None:
    found = phone_in_text(text, region)
    if found is not None:
        assert read_phone(text, region) == found
        assert is_valid(found.normal)
        assert len(digits_of(text)) >= 7
        assert not text.strip().isdecimal()


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("+1 202 555 0147", "DE", ONE),
        ("+12025550147", "DE", ONE),
        ("(202) 555-0147", "US", ONE),
        ("202-555-0147", "US", ONE),
        ("030 901820", "DE", "+4930901820"),
        *(
            (text, "US", None)
            for text in ("2025550147", "12025550147", "20-25-55-01-47", "(679) 234-5678", "+16792345678")
        ),
        *(
            (text, "US", None)
            for text in ("4111 1111 1111 1111", "1,234,567.89", "2026-11-30", "10:30", "12345-6789")
        ),
        *((text, "DE", None) for text in ("192.168.100.200", "4.930.123.456", "AB-30901820", "30 90 18 20")),
    ],
)
def test_SRC_3_no_figure_becomes_a_person(text: str, region: str, normal: str | None) -> None:
    found = phone_in_text(text, region)
    assert (found.normal if found else None) == normal


written = st.from_regex(phone_numbers._NORTH_AMERICAN, fullmatch=True)
regions = st.sampled_from(["US", "CA", "JM", "PR", "DE", "GB", "IT", "ZZ"])


@given(written, regions)
def test_INT_7_the_fast_path_reads_as_the_library_does(text: str, region: str) -> None:
    plain = north_american(text, region)
    if plain is not None:
        assert e164_of(digits_of(text), text.startswith("+"), region) == plain
        assert is_valid(plain) == phonenumbers.is_valid_number(phonenumbers.parse(plain))


def test_B5_the_library_is_not_loaded_for_a_plain_number() -> None:
    code = (
        "import sys; from chalicelib.core.contact_reader import read_contact; "
        "read_contact('202-555-0147', 'US'); sys.exit('phonenumbers' in sys.modules)"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.com", "ann@example.com"),
        (" Ann.B@Example.COM \n", "Ann.B@example.com"),
        ("\ufeffann@example.org", "ann@example.org"),
        ("\uff41nn@example.org", "ann@example.org"),
        ("ann+tag@example.org", "ann+tag@example.org"),
        ("a@xn--exmple-cua.org", "a@exämple.org"),
        ("a@EXÄMPLE.org", "a@exämple.org"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("mailto:ann@example.org", "ann@example.org"),
    ],
)
def test_INT_7_e_mails_have_one_normal_form(text: str, expected: str) -> None:
    assert read_email(text) == Contact("email", expected)


@pytest.mark.parametrize(
    "text",
    [
        *("ann", "ann@", "@example.com", "ann@@example.com", "a b@example.com", "ann@example"),
        *("Ann <ann@example.org>", "ann@example.com, bob@example.com", "ann@[127.0.0.1]", "ann@localhost"),
        *("ann@" + "a" * 250 + ".com", "ann\n@example.com", "ann\x00@example.com", "ann@example..com"),
        *("ann\u00b2@example.org", "ann\u2460@example.org", "ann\u2026@example.org", "\u2121@example.org"),
    ],
)
def test_INT_7_an_invalid_e_mail_has_a_reason(text: str) -> None:
    assert read_email(text) == "not_an_address"


local_parts = st.text(alphabet="abcXYZ019.+_-'äßéＡ", min_size=1, max_size=12)
domains = st.text(alphabet="abcXYZ019-äéÄ", min_size=1, max_size=12)


@given(local_parts, domains)
def test_I11_normalising_an_e_mail_twice_changes_nothing(local: str, domain: str) -> None:
    normal = normal_email(f" {local}@{domain}.Example.org")
    if normal is not None:
        assert normal_email(normal) == normal


def test_a_region_is_one_the_phone_library_knows() -> None:
    assert is_region("US")
    assert is_region("DE")
    assert not is_region("XX")
    assert not is_region("us")
