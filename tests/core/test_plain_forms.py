"""Plain numbers and addresses are read without the libraries, and as the libraries read them (INT-7, B3)."""

import string

import phonenumbers
import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.core import contact_reader
from chalicelib.core.contact_reader import is_plain_address, normal_email
from chalicelib.core.phone_numbers import is_valid

SIGNS = string.ascii_lowercase + string.digits + "._+-@A\u00e9 "


def by_library(text: str) -> str | None:
    """Return the address in its normal form as the library alone reads it, or None."""
    try:
        valid = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{valid.local_part}@{valid.domain.lower()}"


@given(st.from_regex(contact_reader._PLAIN_ADDRESS, fullmatch=True))
@example("a@b.test")
@example("a@b.local")
@example(f"{'a' * 64}@example.com")
@example(f"a@{'b' * 64}.com")
@example(f"a@example.{'c' * 50}")
@example("a@xn--a.com")
@example("a@ab--c.com")
def test_INT_7_a_plain_address_is_its_own_normal_form(text: str) -> None:
    assert normal_email(text) == by_library(text)
    assert not is_plain_address(text) or by_library(text) == text


@given(st.text(SIGNS, max_size=12), st.text(SIGNS, max_size=12))
@example("Ada", "example.com")
@example("ada", "example.COM")
@example(".ada", "example.com")
@example("ada.", "example.com")
@example("a..b", "example.com")
@example("ada", "example")
@example("ada", "-a.com")
@example("ada", "a-.com")
@example("ada", "a.1")
@example("ada", "example.com.")
def test_INT_7_what_is_nearly_plain_is_left_to_the_library(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    assert not is_plain_address(text) or by_library(text) == text


@pytest.mark.parametrize("name", [name for name in SPECIAL_USE_DOMAIN_NAMES if "." not in name])
def test_INT_7_no_special_domain_is_plain(name: str) -> None:
    assert not is_plain_address(f"ada@example.{name}")


@pytest.mark.parametrize("name", CASE_INSENSITIVE_MAILBOX_NAMES)
def test_INT_7_a_common_mailbox_is_plain_in_lower_case_only(name: str) -> None:
    assert is_plain_address(f"{name}@example.com")
    assert not is_plain_address(f"{name.upper()}@example.com")
    assert normal_email(f"{name.upper()}@example.com") == f"{name}@example.com"


def test_INT_7_a_valid_number_is_one_that_the_library_calls_valid() -> None:
    for area in range(200, 1000):
        for rest in ("5550147", "2345678", "9110000", "0550147", "555014"):
            normal = f"+1{area}{rest}"
            assert is_valid(normal) == phonenumbers.is_valid_number(phonenumbers.parse(normal)), normal


def test_B3_plain_numbers_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_valid("+12025550147")
    monkeypatch.setattr(phonenumbers, "is_valid_number", None)
    assert is_valid("+12025550147")
