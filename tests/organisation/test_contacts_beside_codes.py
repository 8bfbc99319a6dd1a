"""A number with a country code beside it, and addresses with names: read if certain, never as another's (SRC-3)."""

from typing import Any

import pytest

from chalicelib.leads.domain.leads import Person
from chalicelib.leads.domain.person_contacts import contacts_of
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.fields import parse_submission

LEAD_TYPE = LeadType(
    id="lt_1",
    version=1,
    name="Loan",
    fields=(Field("phone", "Phone", "phone"), Field("email", "E-mail", "email"), Field("note", "Note")),
)
OWN, LONDON, US = "+12025550147", "+442079460018", "+12025550199"


def contacts(values: dict[str, Any]) -> list[str]:
    parsed = parse_submission(values, LEAD_TYPE, "US")
    assert parsed.errors == ()
    assert contacts_of(Person(parsed.fields, parsed.extras), LEAD_TYPE, "US") == parsed.contacts
    return [normal for _, _, normal in parsed.contacts]


@pytest.mark.parametrize(
    "values",
    [
        {"home_phone": {"countryCode": "+44", "value": "2079460018"}},
        {"home_phone": {"country_code": 44, "number": 2079460018}},
        {"home_phone": {"country": "GB", "number": "020 7946 0018"}},
        {"home_phone": {"dialCode": "0044", "national": "20 7946 0018"}},
        {"phones": [{"type": "home", "number": "2079460018", "country_code": "44"}]},
        {"customer": {"phone": "2079460018", "phone_country_code": "+44"}},
        {"customer": {"phone": "2079460018", "countryCode": "+44"}},
        {"home_phone": "2079460018", "home_phone_country_code": "+44"},
        {"home_phone[value]": "2079460018", "home_phone[country_code]": "+44"},
        {"phone2": "2079460018", "phone2_country": "UK"},
    ],
)
def test_SRC_3_a_country_code_is_that_of_the_number_beside_it(values: dict[str, Any]) -> None:
    assert contacts({"phone": OWN, **values}) == [OWN, LONDON]


@pytest.mark.parametrize(
    "values",
    [
        {"phone": "2079460018", "phone_country_code": "+44"},
        {"phone": "2079460018", "country_code": "+44"},
        {"mobile": "020 7946 0018", "mobile_country_code": "44"},
        {"phone": "2079460018", "phone_country": "United Kingdom"},
        {"phone": "2079460018", "phone_prefix": "+44"},
        {"phone": LONDON, "phone_country_code": "+1"},
    ],
)
def test_INT_7_a_field_is_read_with_its_country_code(values: dict[str, Any]) -> None:
    assert contacts(values) == [LONDON]


@pytest.mark.parametrize(
    "values",
    [
        {"home_phone": {"countryCode": "+999", "value": "2079460018"}},
        {"home_phone": {"country": "Elsewhere", "value": "2079460018"}},
        {"home_phone": {"countryCode": "+44", "country": "FR", "value": "2079460018"}},
        {"home_phone": "2079460018", "home_phone_country": "Elsewhere"},
        {"home_phone": "2079460018", "phone_a_country_code": "", "home_phone_country_code": "+49 30"},
    ],
)
def test_SRC_3_a_number_of_an_unknown_country_is_nobodys(values: dict[str, Any]) -> None:
    assert contacts({"phone": OWN, **values}) == [OWN]


def test_INT_7_a_field_with_an_unknown_country_is_refused() -> None:
    values = {"phone": "2079460018", "phone_country": "Elsewhere"}
    (error,) = parse_submission(values, LEAD_TYPE, "US").errors
    assert (error.field, error.code) == ("phone", "phone")


@pytest.mark.parametrize(
    "values",
    [
        {"country": "GB"},
        {"country_code": "GB"},
        {"country_code": "1"},
        {"phone_country_code": " "},
        {"phone_code": "482913"},
        {"mobile_country_code": "+44", "mobile": "n/a"},
        {"address": {"country": "GB"}},
    ],
)
def test_INT_7_other_codes_change_no_number(values: dict[str, Any]) -> None:
    assert contacts({"phone": "202-555-0147", **values}) == [OWN]


@pytest.mark.parametrize(
    "values",
    [
        {"phones": ["2025550199"]},
        {"phones": [{"type": "home", "number": "2025550199"}]},
        {"phones": {"home": {"number": 2025550199}}},
        {"phones[0][number]": "2025550199"},
        {"phone_numbers": "2025550199"},
        {"telephones": "202-555-0199; 202-555-0147"},
        {"phone1_home": "2025550199"},
        {"phone_e164": "12025550199"},
        {"full_phone": "2025550199"},
        {"customer": {"phone_with_country_code": "12025550199"}},
        {"spouse": {"home_phone": "2025550199"}},
        {"emergency_contact.phone": "2025550199"},
    ],
)
def test_SRC_3_bare_digits_under_lists_and_further_words_are_found(values: dict[str, Any]) -> None:
    assert set(contacts({"phone": OWN, **values})) == {OWN, US}


@pytest.mark.parametrize(
    "name", ["spouse.phone", "emergency[phone]", "Agent / Phone", "referrer/mobile", "spouse_cell"]
)
def test_INT_1_the_number_of_another_never_fills_the_own_field(name: str) -> None:
    parsed = parse_submission(
        {"email": "ada@example.org", name: "202-555-0199", "Phone": ""}, LEAD_TYPE, "US"
    )
    assert parsed.fields == {"email": "ada@example.org"}
    assert [(key, normal) for _, key, normal in parsed.contacts] == [("email", "ada@example.org"), (name, US)]


@pytest.mark.parametrize(
    "text",
    [
        *("<stop@example.org>", "mailto:stop@example.org?subject=Hi", "MAILTO:stop@example.org"),
        *("<mailto:stop@example.org>", " < stop@example.org > "),
    ],
)
def test_INT_7_an_address_in_brackets_or_in_a_link_is_read(text: str) -> None:
    assert contacts({"email": text}) == contacts({"phone": OWN, "login": text})[1:] == ["stop@example.org"]


@pytest.mark.parametrize(
    "text",
    [
        *("Stop <stop@example.org>", '"Stop, Ann" <stop@example.org>', "Stop<stop@example.org>"),
        *("Stop <mailto:stop@example.org>", "Stop  < stop@example.org >"),
    ],
)
def test_SRC_3_an_address_with_a_name_is_found_and_fills_no_field(text: str) -> None:
    (error,) = parse_submission({"email": text}, LEAD_TYPE, "US").errors
    assert error.code == "email"
    assert contacts({"phone": OWN, "emails": text}) == [OWN, "stop@example.org"]


@pytest.mark.parametrize(
    "text",
    [
        *("mailto:stop@example.org?cc=ann@example.org", "mailto:stop@example.org?bcc=ann%40example.org"),
        *("bob@example.com <stop@example.org>", "Stop <stop@example.org> <ann@example.org>", "Stop <stop>"),
    ],
)
def test_SRC_3_two_addresses_are_not_read_as_one(text: str) -> None:
    assert contacts({"phone": OWN, "emails": text}) == [OWN]
