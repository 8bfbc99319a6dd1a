"""One keyed ref for each contact (data-model.md, Contacts; PRI-22)."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import contact_points

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
