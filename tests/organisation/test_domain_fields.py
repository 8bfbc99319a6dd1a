"""A post is read into fields, evidence and extras, and nothing of it is lost (INT-1, INT-6, INT-7)."""

from typing import Any

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.leads.domain.correction import completed, corrected
from chalicelib.leads.domain.leads import Person
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission, parse_submission
from chalicelib.organisation.domain.found_contacts import MAX_CONTACTS

FIELDS = (
    Field("first_name", "First name"),
    Field("phone", "Phone", "phone", required=True),
    Field("email", "E-mail", "email"),
    Field("postal_code", "Postal code", "postal_code"),
    Field("date_of_birth", "Born", "date"),
    Field("session_seconds", "Seconds", "number"),
    Field("ping_id", "Ping"),
    Field("min_price", "Least", "number"),
)
LEAD_TYPE = LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS)
ONE, OTHER, THIRD = "+12025550147", "+12025550199", "+12025550111"


def read(lead_type: LeadType = LEAD_TYPE, delimiter: str | None = None, **values: Any) -> ParsedSubmission:
    return parse_submission(values, lead_type, "US", delimiter)


def reading_of(values: dict[str, Any]) -> ParsedSubmission:
    return parse_submission(values, LEAD_TYPE, "US")


def normals(result: Any) -> list[tuple[str, str]]:
    return [(field, normal) for _, field, normal in result.contacts]


@pytest.mark.parametrize(
    ("value", "field", "extras", "contacts"),
    [
        (
            {"phone1": "202-555-0147", "mobile": "202-555-0199"},
            ONE,
            {"mobile": "202-555-0199"},
            [("phone", ONE), ("mobile", OTHER)],
        ),
        (
            {"mobile": "202-555-0199", "phone1": "202-555-0147"},
            OTHER,
            {"phone1": "202-555-0147"},
            [("phone", OTHER), ("phone1", ONE)],
        ),
        (
            {"phone1": "202-555-0147", "phone": "202-555-0199"},
            OTHER,
            {"phone1": "202-555-0147"},
            [("phone", OTHER), ("phone1", ONE)],
        ),
        (
            {"phone": "202-555-0147", "Phone": "202-555-0199"},
            ONE,
            {"Phone": "202-555-0199"},
            [("phone", ONE), ("Phone", OTHER)],
        ),
        ({"phone": " ", "phone1": "", "mobile": "202-555-0199"}, OTHER, {}, [("phone", OTHER)]),
        ({"home_phone": "n/a", "cell": "202-555-0147"}, ONE, {"home_phone": "n/a"}, [("phone", ONE)]),
        (
            {"home phone": "555-XXXX", "fax": "1", "mobile": 2025550147},
            ONE,
            {"home phone": "555-XXXX", "fax": "1"},
            [("phone", ONE)],
        ),
        ({"phone": "202-555-0147", "mobile": "at work"}, ONE, {"mobile": "at work"}, [("phone", ONE)]),
        (
            {"phone": "202-555-0147", "mobile": ["202-555-0199", {"a": 1}]},
            ONE,
            {"mobile": ["202-555-0199", {"a": 1}]},
            [("phone", ONE), ("mobile", OTHER)],
        ),
        (
            {"phone": "202-555-0147", "fax": "202-555-0199"},
            ONE,
            {"fax": "202-555-0199"},
            [("phone", ONE), ("fax", OTHER)],
        ),
    ],
)
def test_INT_1_the_first_alias_fills_the_field_and_others_are_extras(
    value: dict[str, Any], field: str, extras: dict[str, Any], contacts: list[tuple[str, str]]
) -> None:
    parsed = read(**value)
    assert parsed.errors == ()
    assert parsed.fields == {"phone": field}
    assert parsed.extras == extras
    assert normals(parsed) == contacts


def test_INT_1_a_lead_type_with_its_own_alias_keeps_the_others() -> None:
    lead_type = LeadType(id="lt_2", version=1, name="Car", fields=(Field("mobile", "Mobile", "phone"),))
    parsed = read(lead_type, mobile=ONE, phone="202-555-0199", telephone="202-555-0111")
    assert normals(parsed) == [("mobile", ONE), ("phone", OTHER), ("telephone", THIRD)]


def test_INT_1_a_retired_field_is_still_a_contact() -> None:
    lead_type = LeadType(
        id="lt_2", version=1, name="Car", fields=(Field("phone", "Phone", "phone", retired=True),)
    )
    assert normals(read(lead_type, phone=ONE)) == [("phone", ONE)]


def test_CAM_24_a_list_under_an_alias_is_split_too() -> None:
    lead_type = LeadType(
        id="lt_2", version=1, name="Car", fields=(Field("phone", "Phone", "phone", multiple=True),)
    )
    parsed = read(lead_type, ";", phone=ONE, mobile=f"{OTHER};{THIRD}")
    assert normals(parsed) == [("phone", ONE), ("mobile", OTHER), ("mobile", THIRD)]


def test_INT_6_a_lead_has_at_most_ten_contacts_with_extras() -> None:
    several = [f"+120255501{number:02d}" for number in range(MAX_CONTACTS)]
    assert read(phone=several[0], mobile=several[1:]).errors == ()
    (error,) = read(phone=OTHER, mobile=several).errors
    assert (error.field, error.code) == ("contacts", "too_many_contacts")


@pytest.mark.parametrize(
    ("alias", "key"),
    [
        *((name, "first_name") for name in ("FirstName", "firstName")),
        *((name, "phone") for name in ("mobile", "phone_1", "contact.phone.number")),
        ("EMAIL", "email"),
        *((name, "postal_code") for name in ("zip_code", "zip", "ZipCode", "postalCode")),
        *((name, "date_of_birth") for name in ("dob", "BirthDate")),
        ("SessionLength", "session_seconds"),
        *((name, "ping_id") for name in ("orderid", "Lead_ID", "lp_ping_id", "try_all_buyers_ping_id")),
        *((name, "ping_id") for name in ("TXID", "token")),
        *((name, "min_price") for name in ("Cost", "minPrice")),
    ],
)
def test_INT_1_every_platform_alias_fills_its_field(alias: str, key: str) -> None:
    values = {"phone": ONE, "email": "ada@example.org", "postal_code": "90012", "date_of_birth": "1984-05-06"}
    value = values.get(key, "7")
    parsed = reading_of({alias: value})
    assert parsed.fields[key] == value
    assert parsed.extras == {}


@pytest.mark.parametrize(
    ("value", "key"),
    [
        *((name, "ip_address") for name in ("IpAddress", "ip")),
        ("UserAgent", "user_agent"),
        *((name, "landing_page_url") for name in ("landing_page", "OriginalUrl")),
        *((name, "trustedform_cert_url") for name in ("trusted_form_cert_url", "xxTrustedFormCertUrl")),
        *((name, "trustedform_cert_url") for name in ("TrustedForm", "trustedFormUrl")),
        *((name, "jornaya_lead_id") for name in ("jornaya_leadid", "JornayaLeadId", "jornaya")),
        ("universal_leadid", "jornaya_lead_id"),
        ("TcpaText", "tcpa_text"),
        *((name, "sub_id") for name in ("lp_subid1", "sub_id1", "sub1", "SubId", "SRC")),
        *((name, "sub_id2") for name in ("lp_subid2", "sub2", "Sub2Id")),
        *((f"{name}", f"sub_id{name[3]}") for name in ("sub3", "Sub3Id", "sub4", "Sub4Id", "sub5", "Sub5Id")),
        *((name, "external_id") for name in ("externalId", "External-ID", "external_lead_id")),
    ],
)
def test_INT_1_every_platform_alias_gives_its_evidence(value: str, key: str) -> None:
    parsed = reading_of({"phone": ONE, value: "203.0.113.7"})
    assert parsed.evidence == {key: "203.0.113.7"}
    assert parsed.extras == {}


def test_INT_1_a_time_of_consent_has_two_names() -> None:
    at = "2026-01-31T12:00:00Z"
    assert read(phone=ONE, tcpa_consent_date=at).evidence == {"tcpa_consent_at": at}


@pytest.mark.parametrize(
    "value",
    [{"is_test": "true"}, {"xxTest": "true"}, {"testMode": 1}, {"lp_action": "test"}, {"LP_Action": "TEST "}],
)
def test_INT_12_a_test_lead_is_recognised_on_every_platform(value: dict[str, Any]) -> None:
    parsed = read(phone=ONE, **value)
    assert (parsed.test, parsed.extras, parsed.errors) == (True, {}, ())


@pytest.mark.parametrize(
    "value", [{"is_test": "false"}, {"lp_action": "post"}, {"test": False, "is_test": 1}]
)
def test_INT_12_no_other_lead_is_a_test_lead(value: dict[str, Any]) -> None:
    assert not read(phone=ONE, **value).test


def person(**values: Any) -> Person:
    parsed = read(**values)
    return Person(parsed.fields, parsed.extras, parsed.evidence)


def test_INT_17_a_correction_keeps_contacts_of_extras() -> None:
    before = person(phone=ONE, mobile="202-555-0199")
    assert normals(corrected(before, {"first_name": "Ada"}, LEAD_TYPE, "US")) == [
        ("phone", ONE),
        ("mobile", OTHER),
    ]
    after = corrected(before, {"mobile": "202-555-0111"}, LEAD_TYPE, "US")
    assert normals(after) == [("phone", ONE), ("mobile", THIRD)]
    assert normals(corrected(before, {"mobile": None}, LEAD_TYPE, "US")) == [("phone", ONE)]


def test_INT_17_a_correction_keeps_the_contact_of_a_retired_field() -> None:
    retired = LeadType(
        id="lt_1", version=2, name="Loan", fields=(FIELDS[0], Field("phone", "Phone", "phone", retired=True))
    )
    after = corrected(person(phone=ONE), {"first_name": "Ada"}, retired, "US")
    assert normals(after) == [("phone", ONE)]


def test_INT_6_a_correction_adds_no_contact_beyond_ten() -> None:
    several = [f"+120255501{number:02d}" for number in range(MAX_CONTACTS)]
    ten = person(phone=several[0], mobile=several[1:])
    with pytest.raises(Invalid) as caught:
        corrected(ten, {"email": "ada@example.org"}, LEAD_TYPE, "US")
    assert [error.field for error in caught.value.fields] == ["contacts"]
    eleven = Person({"phone": OTHER}, {"mobile": several}, {})
    assert len(corrected(eleven, {"first_name": "Ada"}, LEAD_TYPE, "US").contacts) == MAX_CONTACTS + 1


def test_CAM_7_the_extras_of_a_duplicate_become_contacts_too() -> None:
    after = completed(person(phone=ONE), person(phone=ONE, mobile="202-555-0199"), LEAD_TYPE, "US")
    assert after.person.extras == {"mobile": "202-555-0199"}
    assert normals(after) == [("phone", ONE), ("mobile", OTHER)]


def test_CAM_7_contacts_beyond_the_limit_are_skipped() -> None:
    several = [f"+120255501{number:02d}" for number in range(MAX_CONTACTS)]
    before, newer = (
        person(phone=several[0], mobile=several[1:]),
        person(phone=OTHER, phone1=THIRD, note="new"),
    )
    after = completed(before, newer, LEAD_TYPE, "US")
    assert after.person.fields == before.fields
    assert after.person.extras == {**before.extras, "note": "new"}
    assert normals(after) == normals(corrected(before, {"first_name": "Ada"}, LEAD_TYPE, "US"))


@pytest.mark.parametrize(
    "text",
    ["20261121", "2026-W47-6", "2026W476", "2026-W47", "2026W47", "2026-325", "2026-11-2", "21.11.2026"],
)
def test_INT_7_a_date_has_one_form(text: str) -> None:
    (error,) = read(phone=ONE, date_of_birth=text).errors
    assert (error.field, error.code) == ("date_of_birth", "date")
    assert read(phone=ONE, date_of_birth=" 2026-11-21 ").fields["date_of_birth"] == "2026-11-21"


@pytest.mark.parametrize("text", ["2026-W47-6T08:30:00Z", "2026W476T083000Z"])
def test_SRC_5_a_time_of_consent_in_weeks_is_unread(text: str) -> None:
    evidence = read(phone=ONE, tcpa_consent_at=text).evidence
    assert evidence == {"tcpa_consent_at": text, "unread": ["tcpa_consent_at"]}
