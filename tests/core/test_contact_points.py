"""One normal form and one keyed ref for each contact (data-model.md, Contacts; INT-7; PRI-21)."""

import base64
import hashlib
import hmac

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import contact_points

KEY = b"k" * 32
OTHER_KEY = b"o" * 32


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("(202) 555-0100", "US", "+12025550100"),
        ("202.555.0100", "US", "+12025550100"),
        ("1 202 555 0100", "US", "+12025550100"),
        ("+1 202-555-0100", "DE", "+12025550100"),
        ("tel:+1-202-555-0100", "DE", "+12025550100"),
        ("\ufeff+1 202 555 0100\u200b", "US", "+12025550100"),
        ("\uff0b1 202 555 0100", "US", "+12025550100"),
        ("\u202a+12025550100\u202c", "US", "+12025550100"),
        ("202-555-0100 ext. 12", "US", "+12025550100"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", "US", "+442079460958"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("06 69812345", "IT", "+390669812345"),
    ],
)
def test_INT_7_phones_are_read_in_national_and_international_form(
    text: str, region: str, expected: str
) -> None:
    assert contact_points.normal_phone(text, region) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "call me", "12", "2025550100, 2025550101", "2025550100 2025550101", "2.025550100E9"),
        *("2025550100.0", "+999123456789", "+", "0" * 10_000, "\x00", "555-0100"),
    ],
)
def test_INT_7_an_invalid_phone_is_None(text: str) -> None:
    assert contact_points.normal_phone(text, "US") is None


def test_PRI_21_a_block_list_accepts_possible_numbers() -> None:
    assert contact_points.normal_phone("+1 999 555 0100", "US") is None
    assert contact_points.normal_phone("+1 999 555 0100", "US", possible=True) == "+19995550100"
    assert contact_points.normal_phone("555-0100", "US", possible=True) is None


@given(st.integers(min_value=100, max_value=199), st.sampled_from(["US", "DE", "GB", "IT"]))
def test_data_model_normal_phones_stay_as_they_are(number: int, region: str) -> None:
    normal = contact_points.normal_phone(f"+1 202-555-0{number}", region)

    assert normal == f"+12025550{number}"
    assert contact_points.normal_phone(normal, region) == normal


@given(st.text(alphabet="+0123456789 ()-./x,;\u0660\uff11", max_size=24), st.sampled_from(["US", "DE", "IT"]))
def test_I11_normalising_a_phone_twice_changes_nothing(text: str, region: str) -> None:
    for possible in (False, True):
        normal = contact_points.normal_phone(text, region, possible=possible)
        if normal is not None:
            for elsewhere in ("US", "DE", "IT"):
                assert contact_points.normal_phone(normal, elsewhere, possible=possible) == normal


written = st.from_regex(contact_points._NORTH_AMERICAN, fullmatch=True)
regions = st.sampled_from(["US", "CA", "JM", "PR", "DE", "GB", "IT", "ZZ"])


@given(written, regions)
def test_INT_7_a_plain_number_is_read_as_the_library_reads_it(text: str, region: str) -> None:
    plain = contact_points.north_american(text, region)
    if plain is None:
        return

    number = phonenumbers.parse(text, region)

    assert (number.country_code, str(number.national_number), number.extension) == (1, plain, None)
    valid = phonenumbers.is_valid_number(number)
    assert contact_points.normal_phone(text, region) == (f"+1{plain}" if valid else None)


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
    ],
)
def test_INT_7_e_mails_have_one_normal_form(text: str, expected: str) -> None:
    assert contact_points.normal_email(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "ann", "ann@", "@example.com", "ann@@example.com", "a b@example.com", "ann@example"),
        *("Ann <ann@example.org>", "ann@example.com, bob@example.com", "ann@[127.0.0.1]", "ann@localhost"),
        *("ann@" + "a" * 250 + ".com", "ann\n@example.com", "ann\x00@example.com", "ann@example..com"),
    ],
)
def test_INT_7_an_invalid_e_mail_is_None(text: str) -> None:
    assert contact_points.normal_email(text) is None


local_parts = st.text(alphabet="abcXYZ019.+_-'äßéＡ", min_size=1, max_size=12)
domains = st.text(alphabet="abcXYZ019-äéÄ", min_size=1, max_size=12)


@given(local_parts, domains)
def test_I11_normalising_an_e_mail_twice_changes_nothing(local: str, domain: str) -> None:
    normal = contact_points.normal_email(f" {local}@{domain}.Example.org")
    if normal is not None:
        assert contact_points.normal_email(normal) == normal


def test_data_model_a_ref_is_the_keyed_hash_of_kind_version_and_form() -> None:
    message = b"5:phone|1:1|12:+12025550100"
    digest = base64.urlsafe_b64encode(hmac.new(KEY, message, hashlib.sha256).digest()).decode().rstrip("=")

    ref = contact_points.ref_of(KEY, "phone", "+12025550100")

    assert ref == f"{contact_points.key_id(KEY)}.{digest}"
    assert "2025550100" not in ref


def test_data_model_another_key_kind_or_version_gives_another_ref(monkeypatch: pytest.MonkeyPatch) -> None:
    refs = {contact_points.ref_of(key, kind, "x") for key in (KEY, OTHER_KEY) for kind in ("phone", "email")}
    monkeypatch.setattr(contact_points, "NORMALISER_VERSION", 2)
    refs.add(contact_points.ref_of(KEY, "phone", "x"))

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


def test_a_region_is_one_the_phone_library_knows() -> None:
    assert contact_points.is_region("US")
    assert contact_points.is_region("DE")
    assert not contact_points.is_region("XX")
    assert not contact_points.is_region("us")
