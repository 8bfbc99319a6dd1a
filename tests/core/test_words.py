"""Which names mean a contact, whose it is, and whether it fills the person's own field (SRC-7, INT-1, PRI-20)."""

import pytest

from chalicelib.core.words import cached_words, canonical_key, contact_kind, is_of_another
from chalicelib.imports.domain.columns import columns_of

ANOTHERS = (
    *("spouse.phone", "spouse[phone]", "emergency/phone", "agent.phone", "Agent / Phone", "referrer[email]"),
    *(
        "emergency.contact.phone",
        "emergency_contact.phone",
        "co/applicant/phone",
        "spouse_phone",
        "phone_spouse",
    ),
    *(
        "spouse_home_phone",
        "customer.spouse.phone",
        "spouse.phone.number",
        "spouse[emails][0]",
        "husband_mobile",
    ),
    *("next_of_kin.phone", "spouse_fax", "partner.phone2", "guardian/e-mail"),
)


@pytest.mark.parametrize("name", ANOTHERS)
def test_SRC_7_a_path_with_another_person_is_a_contact_and_never_the_persons_own(name: str) -> None:
    assert contact_kind(name) is not None
    assert is_of_another(name)
    assert canonical_key(name) == name


@pytest.mark.parametrize("name", ANOTHERS)
def test_PRI_20_such_a_column_is_blocked_and_not_forgotten(name: str) -> None:
    for blocks, places in ((True, [0, 1]), (False, [0])):
        columns = columns_of(["phone", name], blocks=blocks)
        assert columns is not None
        assert [column.place for column in columns.contacts] == places


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *(
            (name, "phone")
            for name in ("customer.contact.phone", "contact[home_phone]", "user/cell", "agency.phone")
        ),
        *(
            (name, "phone")
            for name in ("phone1_home", "mobile_2_alt", "phone_1_number", "2phone", "phone_num_other")
        ),
        *((name, "email") for name in ("user[email]", "customer.e-mail", "work_email2")),
    ],
)
def test_INT_1_the_persons_own_words_fill_the_field(name: str, key: str) -> None:
    assert canonical_key(name) == contact_kind(name) == key
    assert not is_of_another(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "phones",
            "phone_numbers",
            "telephones",
            "mobiles",
            "phones[0][number]",
            "phones.home",
            "home_phones",
        ),
        *("phone_e164", "full_phone", "phone_raw", "raw_phone", "phone_with_country_code", "phone.value"),
        *("contact_number", "my_home_phone", "work_fax", "wa_number", "telefonnummern"),
    ],
)
def test_SRC_7_lists_and_other_forms_are_contacts_that_fill_no_field(name: str) -> None:
    assert contact_kind(name) == "phone"
    assert canonical_key(name) == name
    assert not is_of_another(name)


@pytest.mark.parametrize(
    "name", ["emails", "e-mails", "email_addresses", "work_emails", "emails[0][value]", "mails"]
)
def test_SRC_7_lists_of_addresses_are_contacts(name: str) -> None:
    assert contact_kind(name) == "email"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "phone_type",
            "phone_id",
            "customer_id",
            "phone_verified_at",
            "number",
            "value",
            "phone_country_code",
        ),
        *("phone2_type", "user_agent", "p2h", "spouse", "spouse.name", "phone.type", "value." * 30),
    ],
)
def test_SRC_7_other_names_are_no_contact_words(name: str) -> None:
    assert contact_kind(name) is None
    assert not is_of_another(name)


def test_SRC_7_no_word_of_the_person_is_anothers() -> None:
    assert not [word for word in cached_words().fillers if is_of_another(word)]
