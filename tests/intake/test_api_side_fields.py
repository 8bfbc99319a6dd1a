"""Side fields never cost the lead; labels are no keys; tests are known (SRC-5, SRC-7, INT-9)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Consent
from chalicelib.core.access import Role
from chalicelib.leads.store import people
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.harness.api import ApiHarness, Caller, Reply, add_item

PATH = "/v1/campaigns/cmp_1/leads"
LEAD = {"phone": "202-555-0147"}
FIELDS = (
    Field("phone", "Phone", "phone", required=True),
    Field("loan", "Loan", "number"),
    Field("zip", "Postal code", "postal_code"),
    Field("country", "Country", "country"),
)


@pytest.fixture
def source(api: ApiHarness) -> Caller:
    """Two campaigns, the second with consent required. The caller has no credential."""
    register_keys(clock.now())
    add_item(Project(id="prj_1", version=1, name="Loans"))
    add_item(LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS))
    common: dict[str, Any] = {"version": 1, "name": "Web", "project_id": "prj_1", "lead_type_id": "lt_1"}
    add_item(Campaign(id="cmp_1", source="site", **common))
    add_item(Campaign(id="cmp_2", source="site", consent=Consent(enabled=True), **common))
    return api.stranger()


def evidence_of(reply: Reply) -> dict[str, Any]:
    assert reply.status == 201, reply.json
    person = people.get(reply.json["lead_id"], clock.now())
    assert person is not None
    return person.evidence


@pytest.mark.parametrize("key", ["reference", "transaction_id", "Transaction-Id"])
def test_FILE_B1_a_label_is_no_key_of_a_retry(source: Caller, key: str) -> None:
    first = source.post(PATH, {**LEAD, key: "spring-mailing"})
    second = source.post(PATH, {"phone": "202-555-0148", key: "spring-mailing"})
    again = source.post(PATH, {**LEAD, key: "spring-mailing"})

    ids = {reply.json["lead_id"] for reply in (first, second, again)}
    assert [reply.status for reply in (first, second, again)] == [201, 201, 201]
    assert len(ids) == 3


@pytest.mark.parametrize(
    "value", ["1_5", "1_000_000", "\uff11\uff15", "0x15", "1e", "nan", "15_", "1 5", "\u0661"]
)
def test_FILE_B5_only_a_plain_number_is_a_number(source: Caller, value: str) -> None:
    reply = source.post(PATH, {**LEAD, "loan": value})

    assert [(field["field"], field["code"]) for field in reply.json["error"]["fields"]] == [
        ("loan", "number")
    ]


@pytest.mark.parametrize("value", ["15", "-1.5", "1.", ".5", "1e3", 15, 1.5])
def test_FILE_B5_numbers_are_read_as_before(source: Caller, value: Any) -> None:
    assert source.post(PATH, {**LEAD, "loan": value}).status == 201


@pytest.mark.parametrize(
    ("values", "ok"),
    [
        ({"zip": "2139"}, False),
        ({"zip": 2139}, False),
        ({"zip": "2139-1234"}, False),
        ({"zip": "501"}, False),
        ({"zip": "1067", "country": "de"}, False),
        ({"zip": "02139"}, True),
        ({"zip": "2139", "country": "CH"}, True),
        ({"zip": "SW1A 1AA", "country": "GB"}, True),
    ],
)
def test_FILE_B6_a_postal_code_without_its_first_zero_is_refused(
    source: Caller, values: dict[str, Any], ok: bool
) -> None:
    reply = source.post(PATH, {**LEAD, **values})

    assert reply.status == (201 if ok else 422)
    assert ok or reply.json["error"]["fields"][0]["code"] == "lost_zero"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ip_address", "no address"),
        ("ip_address", ["203.0.113.7"]),
        ("tcpa_consent", "By clicking I agree to all terms"),
        ("tcpa_consent", {"given": True}),
        ("tcpa_consent_at", "2026-11-30 23:30"),
        ("tcpa_consent_at", "2999-01-01T00:00:00Z"),
        ("tcpa_consent_at", "yesterday"),
        ("trustedform_cert_url", ["https://cert.trustedform.com/x"]),
        ("user_agent", {"name": "x"}),
        ("landing_page_url", [1]),
        ("sub_id3", True),
        ("test", "variant-b"),
    ],
)
def test_FILE_B10_a_side_field_never_costs_the_lead(source: Caller, key: str, value: Any) -> None:
    reply = source.post(PATH, {**LEAD, key: value})

    assert evidence_of(reply) == {key: value, "unread": [key]}
    assert "test" not in reply.json


@pytest.mark.parametrize(
    ("key", "value", "stored"),
    [
        ("ip_address", "203.0.113.7:4711", "203.0.113.7"),
        ("ip_address", "203.0.113.7, 198.51.100.1", "203.0.113.7"),
        ("ip_address", "[2001:db8::1]:443", "2001:db8::1"),
        *(("tcpa_consent", word, True) for word in ("I agree", "Y", "checked", "Opt-In", "yes.", 1)),
        *(("TCPA Consent", word, True) for word in ("TRUE", "accepted")),
        *(("tcpa_consent", word, False) for word in ("N", "unchecked", "I do not agree", "opt-out")),
        ("tcpa_consent_at", "20251130T233000Z", "2025-11-30T23:30:00Z"),
        ("tcpa_consent_at", "2025-11-30T23:30+0000", "2025-11-30T23:30:00Z"),
        ("tcpa_consent_at", "2025-11-30T23:30Z", "2025-11-30T23:30:00Z"),
        ("tcpa_consent_at", "2025-12-01T00:30:00.5+01:00", "2025-11-30T23:30:00Z"),
    ],
)
def test_FILE_B10_C3_what_is_certain_is_read_to_one_form(
    source: Caller, key: str, value: Any, stored: Any
) -> None:
    known = "tcpa_consent" if key == "TCPA Consent" else key

    assert evidence_of(source.post(PATH, {**LEAD, key: value})) == {known: stored}


def test_SRC_5_consent_that_is_not_read_is_no_consent(source: Caller) -> None:
    path = "/v1/campaigns/cmp_2/leads"

    assert source.post(path, {**LEAD, "tcpa_consent": "perhaps"}).json["reason"] == "no_consent"
    assert source.post(path, {**LEAD, "tcpa_consent": "I agree."}).json["status"] == "accepted"


@pytest.mark.parametrize(
    "mark",
    [
        *({name: "1"} for name in ("lp_test", "Test_Lead", "isTest", "xxTest", "testmode", "Test Mode")),
        *({"test": word} for word in ("yes", "Y", True, 1)),
        {"lp_action": "Test"},
        {"full_name": "<test lead: dummy data for full_name>"},
        {"field_data": [{"name": "city", "values": ["<test lead: dummy data for city>"]}]},
    ],
)
def test_FILE_B15_test_words_make_a_test_lead(source: Caller, mark: dict[str, Any]) -> None:
    assert source.post(PATH, {**LEAD, **mark}).json["test"] is True


def test_FILE_B15_metas_dummy_row_is_a_test_lead_although_its_phone_is_none(source: Caller) -> None:
    row = {
        "phone_number": "p:<test lead: dummy data for phone_number>",
        "zip": "<test lead: dummy data for zip>",
        "email": "test@fb.com",
    }

    assert source.post(PATH, row).json["test"] is True


@pytest.mark.parametrize(
    "zone", ["localtime", "Factory", "posixrules", "right/UTC", "posix/Europe/Berlin", "EST5EDT", "Europe"]
)
def test_FILE_B13_a_zone_is_a_place_or_UTC(api: ApiHarness, source: Caller, zone: str) -> None:
    admin = api.user(Role.ADMIN)

    bad = admin.patch("/v1/projects/prj_1", {"version": 1, "zone": zone})
    good = admin.patch("/v1/projects/prj_1", {"version": 1, "zone": "Europe/Berlin"})

    assert (bad.status, bad.json["error"]["fields"][0]["code"]) == (422, "zone")
    assert good.status == 200
