"""The intake, through the whole API in one process."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib import clock
from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso
from chalicelib.leads.store import leads, leads_rows, people
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.harness.api import ApiHarness, Caller, Reply, add_item

INTAKE_PATH = "/v1/campaigns/cmp_1/leads"
LEAD = {"first_name": "Ada", "phone": "202-555-0147", "email": "Ada@Example.COM"}
FIELDS = (
    Field("first_name", "First name"),
    Field("phone", "Phone", "phone", required=True, duplicate="phone"),
    Field("email", "E-mail", "email"),
    Field("loan", "Loan", "number", personal=False),
    Field("born", "Born", "date"),
    Field("states", "States", "choice", choices=("CA", "NY"), multiple=True),
)


@pytest.fixture
def anonymous(api: ApiHarness) -> Caller:
    """A campaign that accepts leads without a credential. The caller has no credential."""
    register_keys(clock.now())
    add_item(Project(id="prj_1", version=1, name="Loans"))
    add_item(LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS))
    add_item(campaign())
    return api.stranger()


def campaign(**settings: Any) -> Campaign:
    usual: dict[str, Any] = {"price": Decimal("15.00"), "retention": Policy(10, 3)}
    return Campaign(
        id="cmp_1",
        version=1,
        name="Web",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="site",
        **usual | settings,
    )


def change(**settings: Any) -> None:
    current = configuration.get(Campaign, "cmp_1", clock.now())
    assert current is not None
    changed = replace(current, version=current.version + 1, **settings)
    batch.write(configuration.update(changed), batch.token_of("test", changed.version))


def stored_leads() -> int:
    return sum(1 for row in leads_rows.FactsRow.scan() if row.part == "lead")


def test_INT_8_an_accepted_lead_gets_201_and_its_deadline(anonymous: Caller) -> None:
    reply = anonymous.post(INTAKE_PATH, LEAD)

    assert reply.status == 201
    answer = reply.json
    facts = leads.get(answer["lead_id"], clock.now())
    assert facts is not None
    assert answer == {
        "lead_id": facts.lead_id,
        "status": "accepted",
        "price": "15.00",
        "currency": "USD",
        "due_at": iso(facts.received_at + 10 * 86_400),
    }


def test_RET_4_a_lead_is_stamped_at_receipt(anonymous: Caller) -> None:
    lead_id = anonymous.post(INTAKE_PATH, LEAD).json["lead_id"]

    facts = leads.get(lead_id, clock.now())
    assert facts is not None
    assert facts.retention.policy == Policy(10, 3)
    assert facts.retention.base_due_at == facts.retention.due_at == facts.received_at + 10 * 86_400


def test_RET_4_no_cache_delays_a_policy(anonymous: Caller) -> None:
    anonymous.post(INTAKE_PATH, LEAD)
    change(retention=Policy(2))

    facts = leads.get(anonymous.post(INTAKE_PATH, LEAD).json["lead_id"], clock.now())

    assert facts is not None
    assert facts.retention.policy == Policy(2)
    assert facts.config_version == 2


def test_RET_5_a_campaign_change_does_not_change_old_leads(anonymous: Caller) -> None:
    lead_id = anonymous.post(INTAKE_PATH, LEAD).json["lead_id"]
    before = leads.get(lead_id, clock.now())
    change(retention=Policy(None))

    assert leads.get(lead_id, clock.now()) == before


def test_INT_6_form_fields_are_accepted(anonymous: Caller) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    reply = anonymous.post(INTAKE_PATH, urlencode(LEAD).encode(), headers=form)

    assert reply.status == 201


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"phone": "202-555-0147", "phone": "202-555-0148"}', 400, "malformed"),
        (b'{"loan": NaN}', 400, "malformed"),
        (b'{"a": {"b": {"c": {"d": {"e": {}}}}}}', 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"nonsense", 400, "malformed"),
        (b'{"first_name": "' + b"a" * 65_536 + b'"}', 413, "too_large"),
    ],
)
def test_INT_6_an_unreadable_body_is_refused_and_not_stored(
    anonymous: Caller, body: bytes, status: int, code: str
) -> None:
    reply = anonymous.post(INTAKE_PATH, body)

    assert (reply.status, reply.code, stored_leads()) == (status, code, 0)


def test_INT_6_fields_values_and_contacts_are_limited(anonymous: Caller) -> None:
    many = {f"field_{number}": "x" for number in range(101)}
    for body in (many, LEAD | {"note": "a" * 10_001}, LEAD | {f"f{n}": "x" for n in range(51)}):
        reply = anonymous.post(INTAKE_PATH, body)
        assert (reply.status, reply.code) == (422, "invalid")
    assert stored_leads() == 0


def test_INT_7_every_bad_field_is_listed_without_its_value(anonymous: Caller) -> None:
    body = {
        "phone": "call-me",
        "email": "nobody",
        "loan": "lots",
        "born": "1/2/90",
        "states": ["ZZ"],
    }

    reply = anonymous.post(INTAKE_PATH, body)

    assert reply.status == 422
    assert {field["field"] for field in reply.json["error"]["fields"]} == {*body}
    assert not any(str(value) in reply.text for value in ("call-me", "nobody", "lots", "1/2/90", "perhaps"))
    assert stored_leads() == 0


def test_INT_7_unknown_fields_are_stored_with_the_person(anonymous: Caller) -> None:
    lead_id = anonymous.post(INTAKE_PATH, LEAD | {"favourite_colour": "green", "zip": "94110"}).json[
        "lead_id"
    ]

    person = people.get(lead_id, clock.now())

    assert person is not None
    assert person.extras == {"favourite_colour": "green", "zip": "94110"}


def test_INT_1_well_known_aliases_are_understood(anonymous: Caller) -> None:
    lead_id = anonymous.post(
        INTAKE_PATH, {"firstName": "Ada", "PhoneNumber": "2025550147", "trustedform": "x"}
    ).json["lead_id"]

    person = people.get(lead_id, clock.now())

    assert person is not None
    assert person.fields == {"first_name": "Ada", "phone": "+12025550147"}
    assert person.evidence == {"trustedform_cert_url": "x"}


@pytest.mark.parametrize("key", [{"header": True}, {"header": False}])
def test_INT_9_a_repeated_key_gets_the_same_bytes(anonymous: Caller, key: dict[str, bool]) -> None:
    headers = {"Idempotency-Key": "k1"} if key["header"] else {}
    body = LEAD if key["header"] else LEAD | {"external_id": "k1"}
    first = anonymous.post(INTAKE_PATH, body, headers=headers)
    change(price=None, status="closed")

    repeated = anonymous.post(INTAKE_PATH, body, headers=headers)

    assert (repeated.status, repeated.text) == (first.status, first.text)
    assert repeated.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert stored_leads() == 1


def test_INT_9_a_key_with_other_content_is_refused(api: ApiHarness, anonymous: Caller) -> None:
    headers, source = {"Idempotency-Key": "k1"}, api.source("cmp_1")
    source.post(INTAKE_PATH, LEAD, headers=headers)

    reply = source.post(INTAKE_PATH, LEAD | {"first_name": "Grace"}, headers=headers)

    assert (reply.status, reply.code, stored_leads()) == (422, "key_reused", 1)


def test_INT_9_header_external_id_and_source_have_own_namespaces(api: ApiHarness, anonymous: Caller) -> None:
    anonymous.post(INTAKE_PATH, LEAD, headers={"Idempotency-Key": "k1"})
    anonymous.post(INTAKE_PATH, LEAD | {"external_id": "k1"})
    api.source("cmp_1").post(INTAKE_PATH, LEAD, headers={"Idempotency-Key": "k1"})

    assert stored_leads() == 3


def test_INT_9_without_a_key_every_post_is_a_new_lead(anonymous: Caller) -> None:
    assert (
        anonymous.post(INTAKE_PATH, LEAD).json["lead_id"] != anonymous.post(INTAKE_PATH, LEAD).json["lead_id"]
    )


def test_INT_9_answers_that_stored_nothing_are_decided_again(anonymous: Caller) -> None:
    headers = {"Idempotency-Key": "k1"}
    change(status="on_hold")
    assert anonymous.post(INTAKE_PATH, LEAD, headers=headers).json["reason"] == "campaign_not_active"
    change(status="active")

    assert anonymous.post(INTAKE_PATH, LEAD, headers=headers).status == 201


def test_INT_9_after_the_deadline_the_repeat_says_erased(
    api: ApiHarness, anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, source = {"Idempotency-Key": "k1"}, api.source("cmp_1")
    lead_id = source.post(INTAKE_PATH, LEAD, headers=headers).json["lead_id"]
    later = clock.now() + 10 * 86_400
    monkeypatch.setattr(clock, "now", lambda: later)

    reply = source.post(INTAKE_PATH, LEAD | {"first_name": "Grace"}, headers=headers)

    assert (reply.status, reply.json) == (200, {"lead_id": lead_id, "status": "accepted", "state": "erased"})
    assert stored_leads() == 1


def test_INT_9_a_malformed_key_is_refused(anonymous: Caller) -> None:
    assert (
        anonymous.post(INTAKE_PATH, LEAD, headers={"Idempotency-Key": "k" * 256}).code
        == "bad_idempotency_key"
    )


def test_INT_3_only_an_active_campaign_accepts_and_rejections_are_counted(anonymous: Caller) -> None:
    change(status="suspended")

    reply = anonymous.post(INTAKE_PATH, LEAD)

    assert (reply.status, reply.json["status"], reply.json["reason"]) == (
        200,
        "rejected",
        "campaign_not_active",
    )
    assert "lead_id" not in reply.json
    assert stored_leads() == 0
    assert counters.read_day("refusals#cmp_1", iso(clock.now())[:10]) == {"campaign_not_active": 1}


@pytest.mark.parametrize("project_id", ["prj_1", None])
@pytest.mark.parametrize("contact", [{"phone": "+1 202 555 0147"}, {"email": "Ada@EXAMPLE.com"}])
def test_INT_11_a_blocked_contact_is_refused_and_not_stored(
    api: ApiHarness, anonymous: Caller, project_id: str | None, contact: dict[str, str]
) -> None:
    created = api.user(Role.ADMIN).post("/v1/blocks", contact | {"project_id": project_id})
    assert created.status == 201, created.text

    reply = anonymous.post(INTAKE_PATH, LEAD)

    assert (reply.status, reply.json["reason"], stored_leads()) == (200, "blocked", 0)
    assert not list(people.PersonRow.scan())
    assert counters.read_day("refusals#cmp_1", iso(clock.now())[:10]) == {"blocked": 1}
    assert anonymous.post(INTAKE_PATH, LEAD, headers={"Prefer": "status-codes"}).status == 422


def test_PRI_15_a_block_ends_at_the_exact_second(
    api: ApiHarness, anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    block = {"phone": LEAD["phone"], "project_id": "prj_1", "until": iso(now + 100)}
    assert api.user(Role.ADMIN).post("/v1/blocks", block).status == 201

    monkeypatch.setattr(clock, "now", lambda: now + 99)
    assert anonymous.post(INTAKE_PATH, LEAD).json["reason"] == "blocked"
    monkeypatch.setattr(clock, "now", lambda: now + 100)
    assert anonymous.post(INTAKE_PATH, LEAD).status == 201


def test_INT_11_without_the_registered_contact_key_it_is_503(api: ApiHarness) -> None:
    add_item(Project(id="prj_1", version=1, name="Loans"))
    add_item(LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS))
    add_item(campaign())

    reply = api.stranger().post(INTAKE_PATH, LEAD)

    assert reply.status == 503
    assert int(reply.headers["Retry-After"]) > 0


def test_INT_5_a_campaign_with_required_authentication_needs_its_credential(
    api: ApiHarness, anonymous: Caller
) -> None:
    change(require_authentication=True)

    assert (anonymous.post(INTAKE_PATH, LEAD).status, stored_leads()) == (401, 0)
    assert api.source("cmp_2").post(INTAKE_PATH, LEAD).status == 403
    assert api.bearer("lw_source_x_y").post(INTAKE_PATH, LEAD).status == 401
    assert api.source("cmp_1").post(INTAKE_PATH, LEAD).status == 201


def test_INT_5_a_password_is_required_in_addition(anonymous: Caller) -> None:
    change(password_hash=password_hash(secrets.identity_key(), "cmp_1", "open sesame"))

    assert anonymous.post(INTAKE_PATH, LEAD).code == "wrong_password"
    assert anonymous.post(INTAKE_PATH, LEAD, headers={"X-Campaign-Password": "open"}).code == "wrong_password"
    assert anonymous.post(INTAKE_PATH, LEAD, headers={"X-Campaign-Password": "open sesame"}).status == 201


def test_INT_6_users_with_leads_assign_create_leads_by_hand(api: ApiHarness, anonymous: Caller) -> None:
    assert api.user(Role.MANAGER, "prj_1").post(INTAKE_PATH, LEAD).status == 201
    assert api.user(Role.MANAGER, "prj_2").post(INTAKE_PATH, LEAD).status == 404
    assert api.user(Role.AGENT, "prj_1").post(INTAKE_PATH, LEAD).status == 403
    withdrawn = (Permission.LEADS_ASSIGN,)
    assert api.user(Role.MANAGER, "prj_1", withdrawn=withdrawn).post(INTAKE_PATH, LEAD).status == 403


def test_INT_12_a_test_lead_is_free_unassigned_and_ends_after_a_day(anonymous: Caller) -> None:
    answer = anonymous.post(INTAKE_PATH, LEAD | {"test": True}).json

    facts = leads.get(answer["lead_id"], clock.now())
    assert facts is not None
    assert answer["test"] is True
    assert facts.erase_at == facts.received_at + 86_400
    assert (facts.worklist, facts.price, facts.agent_id) == (None, None, None)


def test_INT_12_a_test_lead_has_no_service_cost(anonymous: Caller) -> None:
    change(services={"line_type": Service(enabled=True, price=Decimal("0.01"))})

    costs = []
    for body in (LEAD, LEAD | {"test": True}):
        facts = leads.get(anonymous.post(INTAKE_PATH, body).json["lead_id"], clock.now())
        assert facts is not None
        costs.append(facts.costs)

    assert costs == [("line_type=0.01",), ()]


@pytest.mark.parametrize(("disabled", "worklist"), [(False, "open#prj_1#usr_1"), (True, "unassigned#prj_1")])
def test_WRK_2_the_default_user_is_assigned_if_active(
    api: ApiHarness, anonymous: Caller, disabled: bool, worklist: str
) -> None:
    api.user(Role.AGENT, "prj_1", user_id="usr_1", disabled=disabled)
    change(assignment=Assignment(user_id="usr_1"))

    facts = leads.get(anonymous.post(INTAKE_PATH, LEAD).json["lead_id"], clock.now())

    assert facts is not None
    assert facts.worklist == worklist


def test_ACC_6_an_unknown_campaign_is_not_found(anonymous: Caller) -> None:
    reply = anonymous.post("/v1/campaigns/cmp_0/leads", LEAD)

    assert (reply.status, reply.code) == (404, "not_found")


def test_INT_8_no_answer_may_be_cached(anonymous: Caller) -> None:
    for reply in (anonymous.post(INTAKE_PATH, LEAD), anonymous.post(INTAKE_PATH, b"nonsense")):
        assert _header(reply, "Cache-Control") == "no-store"
        assert _header(reply, "X-Request-Id")
    assert json.loads(reply.text)["error"]["code"] == "malformed"


def _header(reply: Reply, name: str) -> str:
    return reply.headers.get(name, "")
