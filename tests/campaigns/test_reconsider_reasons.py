"""Rejected leads of every kind are decided on again, by who may, and no other lead is (USE-U7, CAM-26)."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign_settings import Consent, Phones
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.leads import Status
from chalicelib.organisation.domain.grading import Grading
from chalicelib.work.usecases.reject_lead import reject_lead
from tests.campaigns import test_reconsider_lead as reconsidering
from tests.campaigns.test_reconsider_lead import LATER, change, rejected_lead
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    facts_of,
    stamps_of,
)
from tests.factories.quality import create_held_lead, create_holding_campaign
from tests.harness.api import ApiHarness, Caller, Reply

organisation = reconsidering.organisation
pytestmark = pytest.mark.usefixtures("aws")
ONE, MANY = "/v1/leads/lead_1/reconsider", "/v1/projects/prj_1/reconsider"
OFF: dict[str, Any] = {"criteria": None}


@pytest.fixture
def manager(api: ApiHarness, organisation: None, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return api.user(Role.MANAGER, "prj_1", user_id=MANAGER.id)


def confirm(caller: Caller, path: str, body: dict[str, Any]) -> Reply:
    first = caller.post(path, body)
    assert (first.status, first.code) == (409, "confirmation_required"), first.text
    return caller.post(path, body | {"confirm": first.json["confirm"]})


@pytest.mark.parametrize(
    ("strict", "reason", "mended"),
    [
        ({"consent": Consent(enabled=True)}, "no_consent", {"consent": Consent()}),
        ({"phones": Phones(unverified="reject")}, "unverified_phone", {"phones": Phones()}),
        (
            {"grading": Grading({"phone_verified": 5}, (("A", 5, "accept"), ("D", 0, "reject")))},
            "low_grade",
            {"grading": None},
        ),
        (
            {"criteria": {"all": [{"expression": "double(lead.loan) > 300.0"}]}},
            "outside_criteria",
            {"criteria": {"all": [{"expression": "double(lead.loan) > 100.0"}]}},
        ),
        (
            {"criteria": {"all": [{"field": "loan", "op": "at_least", "value": 300}]}},
            "outside_criteria",
            {"criteria": {"all": [{"field": "loan", "op": "at_least", "value": 200}]}},
        ),
    ],
    ids=["consent", "phone", "grade", "expression", "limit of a criterion"],
)
def test_USE_U7_whatever_the_lead_was_rejected_for_is_mended(
    manager: Caller, strict: dict[str, Any], reason: str, mended: dict[str, Any]
) -> None:
    change(**OFF | strict)
    facts = create_lead("lead_1", NOW, "cmp_w", {**LEAD, "phone": "(679) 234-5678", "loan": 200})
    assert (facts.status, facts.reasons) == (Status.REJECTED, (reason,))
    still = manager.post(ONE, {})
    change(**OFF | mended)

    reply = confirm(manager, ONE, {})

    assert (still.status, still.code) == (409, "still_rejected")
    assert (reply.status, reply.json["status"], reply.json["reasons"]) == (200, "accepted", [])
    assert stamps_of("lead_1")
    assert set(stamps_of("lead_1").values()) == {NOW + 10 * DAY}


def test_USE_U7_what_would_change_and_reconsider_name_the_same_leads(manager: Caller) -> None:
    for number, loan in enumerate((50, 100, 200, 299), 1):
        rejected_lead(
            f"lead_{number}", phone=f"202-555-014{number}", email=f"a{number}@example.com", loan=loan
        )
    better = {"all": [{"field": "loan", "op": "at_least", "value": 100}]}

    listed = manager.post("/v1/campaigns/cmp_w/what-would-change", {"draft": {"criteria": better}, "days": 7})
    change(criteria=better)
    ids = [f"lead_{number}" for number in range(1, 5)]
    results = confirm(manager, MANY, {"lead_ids": ids}).json["results"]

    assert listed.status == 200, listed.text
    changed = {lead["lead_id"] for lead in listed.json["items"]}
    assert {result["lead_id"] for result in results if result["ok"]} == changed == set(ids[1:])


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.PRIVACY])
def test_USE_U7_no_other_role_reconsiders(api: ApiHarness, manager: Caller, role: Role) -> None:
    rejected_lead()
    change(**OFF)
    caller = api.user(role, "prj_1", user_id="usr_other")

    assert [caller.post(ONE, {}).status, caller.post(MANY, {"lead_ids": ["lead_1"]}).status] == [403, 403]
    assert facts_of("lead_1", LATER).status is Status.REJECTED


@pytest.mark.parametrize("withdrawn", [Permission.CAMPAIGNS_MANAGE, Permission.LEADS_READ])
def test_USE_U7_both_permissions_are_needed(api: ApiHarness, manager: Caller, withdrawn: Permission) -> None:
    rejected_lead()
    change(**OFF)
    caller = api.user(Role.MANAGER, "prj_1", user_id="usr_other", withdrawn=(withdrawn,))

    assert [caller.post(ONE, {}).status, caller.post(MANY, {"lead_ids": ["lead_1"]}).status] == [403, 403]


def test_USE_U7_a_manager_of_another_project_finds_no_such_lead(api: ApiHarness, manager: Caller) -> None:
    rejected_lead()
    change(**OFF)
    caller = api.user(Role.MANAGER, "prj_2", user_id="usr_other")

    assert [caller.post(ONE, {}).status, caller.post(MANY, {"lead_ids": ["lead_1"]}).status] == [404, 404]
    assert api.source("cmp_w").post(ONE, {}).status in (401, 403)


def accepted() -> None:
    create_lead("lead_1", NOW, "cmp_1")


def a_test_lead() -> None:
    create_lead("lead_1", LATER - 60, "cmp_w", {**LEAD, "loan": 200, "test": True})


def held() -> None:
    create_holding_campaign()
    create_held_lead()


@pytest.mark.parametrize(
    ("lead", "code"), [(accepted, "not_rejected"), (held, "not_rejected"), (a_test_lead, "test_lead")]
)
def test_USE_U7_only_a_rejected_lead_is_reconsidered(manager: Caller, lead: Any, code: str) -> None:
    lead()
    change(**OFF)
    before = facts_of("lead_1", LATER)

    reply = manager.post(ONE, {})

    assert (reply.status, reply.code) == (409, code)
    assert facts_of("lead_1", LATER) == before


def test_USE_U7_a_lead_that_a_reviewer_rejected_is_decided_by_the_settings(manager: Caller) -> None:
    """The reviewer's word is not repeated: the campaign decides, and the confirmation says what becomes of it."""
    create_holding_campaign(retention=Policy(10, 3))
    create_held_lead()
    confirmed(lambda given: reject_lead(MANAGER, "lead_1", "fraud", given, NOW))

    first = manager.post(ONE, {})

    assert first.status == 409
    assert first.code in ("confirmation_required", "not_rejected", "still_rejected")
    assert facts_of("lead_1", LATER).status is Status.REJECTED


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 409), (100, 409), (101, 422)])
def test_USE_U7_one_to_a_hundred_leads_at_once(manager: Caller, count: int, status: int) -> None:
    ids = [f"lead_{number}" for number in range(1, count + 1)]
    if count:
        rejected_lead()
    change(**OFF)

    assert manager.post(MANY, {"lead_ids": ids}).status == status


def test_USE_U7_it_takes_the_price_of_today(manager: Caller) -> None:
    rejected_lead()
    change(criteria=None, price=Decimal("9.50"))

    assert confirm(manager, ONE, {}).json["price"] == "9.50"


def test_USE_U7_the_answer_of_the_source_stays(api: ApiHarness, manager: Caller) -> None:
    sender = api.source("cmp_w")
    values = {**LEAD, "loan": 200, "external_id": "4711"}
    first = sender.post("/v1/campaigns/cmp_w/leads", values)
    change(**OFF)

    reply = confirm(manager, f"/v1/leads/{first.json['lead_id']}/reconsider", {})
    again = sender.post("/v1/campaigns/cmp_w/leads", values)

    assert (reply.status, again.text) == (200, first.text)
    status = sender.get(f"/v1/campaigns/cmp_w/leads/{first.json['lead_id']}/status")
    assert status.json["status"] == "accepted"
