"""One keyed ref for each contact (data-model.md, Contacts; PRI-22)."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import contact_points
from chalicelib.core.contact_reader import Contact, read_phone

KEY = b"k" * 32
OTHER_KEY = b"o" * 32


def test_data_model_a_ref_is_the_keyed_hash_of_kind_version_and_form() -> None:
    message = b"5:phone|1:1|12:+12025550100"
    digest = base64.urlsafe_b64encode(hmac.new(KEY, message, hashlib.sha256).digest()).decode().rstrip("=")

    ref = contact_points.ref_of(KEY, "phone", "+12025550100", 1)

    assert ref == f"{contact_points.key_id(KEY)}.{digest}"
    assert "2025550100" not in ref


def test_data_model_another_key_kind_or_version_gives_another_ref() -> None:
    refs = {contact_points.ref_of(key, kind, "x") for key in (KEY, OTHER_KEY) for kind in ("phone", "email")}
    refs.add(contact_points.ref_of(KEY, "phone", "x", 1))

    assert len(refs) == 5
    assert contact_points.key_id(KEY) != contact_points.key_id(OTHER_KEY)


def test_data_model_the_key_id_reveals_nothing_about_the_key() -> None:
    assert contact_points.fingerprint(KEY).startswith(contact_points.key_id(KEY))
    assert contact_points.fingerprint(KEY) != hashlib.sha256(KEY).hexdigest()


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_data_model_other_values_have_other_refs_in_the_duplicate_index(
    first: list[str], other: list[str]
) -> None:
    same = contact_points.duplicate_ref(KEY, "s", tuple(first)) == contact_points.duplicate_ref(
        KEY, "s", tuple(other)
    )

    assert same == (first == other)


@pytest.mark.parametrize(
    ("normal", "expected"),
    [
        ("+12025550147", "…47"),
        ("ann@example.com", "a…@example.com"),
        ("é@example.org", "é…@example.org"),
    ],
)
def test_PRI_22_a_masked_contact_shows_two_digits_or_letter_and_domain(normal: str, expected: str) -> None:
    assert contact_points.mask(normal) == expected


@pytest.mark.parametrize(
    ("kind", "contact", "form"),
    [
        ("email", "STOP@example.org", "stop@example.org"),
        ("email", "Ann.B+Tag@example.org", "ann.b+tag@example.org"),
        ("email", "Stra\u00dfe@example.org", "stra\u00dfe@example.org"),
        ("phone", "+12025550147", "+12025550147"),
        ("phone", "+5215512345678", "+525512345678"),
        ("phone", "+525512345678", "+525512345678"),
        ("phone", "+551187654321", "+5511987654321"),
        ("phone", "+5511987654321", "+5511987654321"),
        ("phone", "+551132654321", "+551132654321"),
        ("phone", "+551177654321", "+551177654321"),
        ("phone", "+5491123456789", "+541123456789"),
        ("phone", "+541123456789", "+541123456789"),
        ("phone", "+5493514234567", "+543514234567"),
        ("phone", "+442079460958", "+442079460958"),
    ],
)
def test_FILE_A14_the_stored_forms_never_change_within_a_version(kind: str, contact: str, form: str) -> None:
    """If one of these must change, `NORMALISER_VERSION` rises, and deployments are migrated."""
    assert contact_points.NORMALISER_VERSION == 2
    assert contact_points.normal_form(kind, contact, 2) == form
    assert contact_points.normal_form(kind, form, 2) == form
    assert contact_points.normal_form(kind, contact, 1) == contact
    assert contact_points.ref_of(KEY, kind, contact) == contact_points.ref_of(KEY, kind, form)


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("+52 1 55 1234 5678", "US", "+525512345678"),
        ("0052 1 55 1234 5678", "DE", "+525512345678"),
        ("011 52 1 55 1234 5678", "US", "+525512345678"),
        ("52 1 55 1234 5678", "MX", "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("045 55 1234 5678", "MX", "+525512345678"),
        ("01 55 1234 5678", "MX", "+525512345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("52 1 55 1234 5678", "US", None),
        ("1 55 1234 5678", "MX", None),
        ("044 55 1234 5678", "US", None),
        ("+52 1 15 1234 5678", "US", None),
        ("+55 11 8765-4321", "US", "+551187654321"),
        ("11 8765-4321", "BR", "+551187654321"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+54 11 15 2345-6789", "US", "+5491123456789"),
        ("+54 11 2345-6789", "US", "+541123456789"),
    ],
)
def test_FILE_A14_former_prefixes_are_read(text: str, region: str, normal: str | None) -> None:
    found = read_phone(text, region)
    assert (found.normal if isinstance(found, Contact) else None) == normal
