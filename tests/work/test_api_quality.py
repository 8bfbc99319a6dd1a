"""Quality control over HTTP: the list, release, reject, edits, one and many (CAM-15 … CAM-17, INT-17)."""

from typing import Any, get_args

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign_settings import Quality
from chalicelib.campaigns.domain.reasons import MESSAGES, REVIEW
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.configuration import Project
from chalicelib.work.schemas.quality import Reason
from tests.factories.leads import LEAD, create_organisation
from tests.factories.quality import HOLDING, create_bare_campaign, create_holding_campaign
from tests.harness.api import ApiHarness, Caller, Reply, add_item


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    create_organisation(now=clock.now())
    create_holding_campaign("usr_agent")
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def post(api: ApiHarness, **more: Any) -> str:
    """Post a lead that is held, and return its id."""
    reply = api.stranger().post(f"/v1/campaigns/{HOLDING}/leads", {**LEAD, **more})
    assert (reply.status, reply.json["status"], reply.json["reason"]) == (202, "held", "held")
    return str(reply.json["lead_id"])


def list_held(caller: Caller, query: str = "") -> list[str]:
    reply = caller.get(f"/v1/projects/prj_1/held{query}")
    assert reply.status == 200
    return [item["lead_id"] for item in reply.json["items"]]


def reject(caller: Caller, lead_id: str, **body: Any) -> Reply:
    """Reject a lead, with the confirmation if one is required."""
    path = f"/v1/leads/{lead_id}/reject"
    first = caller.post(path, {"reason": "fraud", **body})
    if first.status != 409 or first.code != "confirmation_required":
        return first
    return caller.post(path, {"reason": "fraud", **body, "confirm": first.json["confirm"]})


def test_CAM_15_a_held_lead_is_listed_until_it_is_released(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    assert list_held(manager) == [lead_id]
    reply = manager.post(f"/v1/leads/{lead_id}/release", {})
    assert reply.status == 200
    content = reply.json
    assert (content["status"], content["reasons"], content["price"]) == ("accepted", [], "15.00")
    assert (content["agent_id"], content["stage"], content["worklist"]) == ("usr_agent", "new", "open")
    assert list_held(manager) == []
    history = manager.get(f"/v1/leads/{lead_id}").json["history"]
    assert [entry["kind"] for entry in history] == ["received", "released"]
    assert history[1]["user_id"] == "usr_agent"


def test_CAM_15_the_list_shows_persons_on_request_and_logs_each_access(
    api: ApiHarness, manager: Caller
) -> None:
    first, second = post(api), post(api, phone="202-555-0148")
    assert list_held(manager, "?limit=1") != list_held(manager)
    assert "person" not in manager.get("/v1/projects/prj_1/held").json["items"][0]
    items = manager.get("/v1/projects/prj_1/held?person=true").json["items"]
    assert {item["lead_id"]: item["person"]["phone"] for item in items} == {
        first: "+12025550147",
        second: "+12025550148",
    }
    entries = ledger.list_subject(f"lead/{first}", clock.now())
    assert [(entry.action, entry.through) for entry in entries] == [("read", "list")]


def test_CAM_17_a_rejection_that_moves_the_deadline_is_confirmed(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    first_reply = manager.post(f"/v1/leads/{lead_id}/reject", {"reason": "fraud"})
    assert (first_reply.status, first_reply.code) == (409, "confirmation_required")
    assert (first_reply.json["effect"]["days"], first_reply.json["effect"]["due_now"]) == (3, 0)
    assert list_held(manager) == [lead_id]
    reply = reject(manager, lead_id)
    assert reply.status == 200
    content = reply.json
    assert (content["status"], content["reasons"], content["worklist"]) == ("rejected", ["fraud"], None)
    assert (content["retention"]["origin"], content["retention"]["days"]) == ("rejected", 3)
    kinds = [entry["kind"] for entry in manager.get(f"/v1/leads/{lead_id}").json["history"]]
    assert kinds == ["received", "rejected"]


def test_CAM_15_only_held_leads_are_released_or_rejected(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    manager.post(f"/v1/leads/{lead_id}/release", {})
    for way, body in (("release", {}), ("reject", {"reason": "fraud"})):
        reply = manager.post(f"/v1/leads/{lead_id}/{way}", body)
        assert (reply.status, reply.code) == (409, "not_held")


def test_INT_11_a_blocked_lead_is_not_released(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    assert manager.post("/v1/blocks", {"phone": LEAD["phone"], "project_id": "prj_1"}).status == 201
    reply = manager.post(f"/v1/leads/{lead_id}/release", {})
    assert (reply.status, reply.code) == (409, "blocked")
    assert list_held(manager) == [lead_id]


def test_INT_17_a_reviewer_corrects_personal_fields_of_a_held_lead(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    changed = {"version": 1, "person": {"phone": "202-555-0148", "first_name": "Eve"}}
    reply = manager.patch(f"/v1/leads/{lead_id}", changed)
    assert (reply.status, reply.json["person"]["phone"]) == (200, "+12025550148")
    assert list_held(manager) == [lead_id]
    manager.post("/v1/blocks", {"phone": "202-555-0147", "project_id": "prj_1"})
    assert manager.post(f"/v1/leads/{lead_id}/release", {}).json["status"] == "accepted"


def test_CAM_15_many_leads_get_a_result_each(api: ApiHarness, manager: Caller) -> None:
    ids = [post(api, phone=f"202-555-010{number}") for number in range(3)]
    path = "/v1/projects/prj_1"
    reply = manager.post(f"{path}/release", {"lead_ids": [ids[0], "lead_none"]})
    assert reply.json == {
        "results": [
            {"lead_id": ids[0], "ok": True},
            {"lead_id": "lead_none", "ok": False, "error": "not_found"},
        ]
    }
    body = {"lead_ids": ids, "reason": "bad_contact"}
    first_reply = manager.post(f"{path}/reject", body)
    assert first_reply.code == "confirmation_required"
    assert first_reply.json["effect"]["leads"] == first_reply.json["effect"]["moved"] == 2
    confirmed = {**body, "confirm": first_reply.json["confirm"]}
    for _ in range(2):
        results = manager.post(f"{path}/reject", confirmed).json["results"]
        assert [(result["ok"], result.get("error")) for result in results] == [
            (False, "not_held"),
            (True, None),
            (True, None),
        ]
    other = manager.post(f"{path}/reject", {**confirmed, "lead_ids": [post(api, phone="202-555-0107")]})
    assert other.code == "confirmation_required"


def test_INT_9_a_retry_of_the_source_gets_the_same_bytes(api: ApiHarness, manager: Caller) -> None:
    source = api.source(HOLDING)
    headers = {"Idempotency-Key": "order-1"}
    path = f"/v1/campaigns/{HOLDING}/leads"
    first = source.post(path, LEAD, headers=headers)
    manager.post(f"/v1/leads/{first.json['lead_id']}/release", {})
    repeated = source.post(path, LEAD, headers=headers)
    assert (repeated.status, repeated.text) == (first.status, first.text) == (202, first.text)


def test_ACC_4_a_lead_of_another_project_does_not_exist(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    add_item(Project(id="prj_2", version=1, name="Cars"))
    foreign = api.user(Role.MANAGER, "prj_2")
    assert foreign.post(f"/v1/leads/{lead_id}/release", {}).status == 404
    assert foreign.post(f"/v1/leads/{lead_id}/reject", {"reason": "fraud"}).status == 404
    assert foreign.get("/v1/projects/prj_1/held").status == 404
    reply = foreign.post("/v1/projects/prj_2/release", {"lead_ids": [lead_id]})
    assert reply.json["results"] == [{"lead_id": lead_id, "ok": False, "error": "not_found"}]
    assert list_held(manager) == [lead_id]


def test_ACC_3_without_quality_review_nothing_is_shown_or_decided(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    unable = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.QUALITY_REVIEW,))
    for caller in (unable, api.user(Role.AGENT, "prj_1")):
        assert caller.get("/v1/projects/prj_1/held").status == 403
        assert caller.post(f"/v1/leads/{lead_id}/release", {}).status == 403
        assert caller.post(f"/v1/leads/{lead_id}/reject", {"reason": "fraud"}).status == 403
        assert caller.post("/v1/projects/prj_1/release", {"lead_ids": [lead_id]}).status == 403
        body = {"lead_ids": [lead_id], "reason": "fraud"}
        assert caller.post("/v1/projects/prj_1/reject", body).status == 403


def test_ACC_3_a_reviewer_without_leads_work_edits_held_leads(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api)
    path, changed = f"/v1/leads/{lead_id}", {"version": 1, "person": {"first_name": "Eve"}}
    reviewer = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.LEADS_WORK,))
    worker = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.QUALITY_REVIEW,))
    neither = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.QUALITY_REVIEW, Permission.LEADS_WORK))
    assert neither.patch(path, changed).status == 403
    reply = reviewer.patch(path, changed)
    assert (reply.status, reply.json["person"]["first_name"]) == (200, "Eve")
    manager.post(f"{path}/release", {})
    refused = reviewer.patch(path, {"version": 3, "person": {"first_name": "Mallory"}})
    assert (refused.status, refused.code) == (403, "forbidden")
    assert worker.patch(path, {"version": 3, "person": {"first_name": "Ida"}}).status == 200


def test_CAM_16_a_lead_held_instead_of_rejected_keeps_its_failed_check(
    api: ApiHarness, manager: Caller
) -> None:
    criteria = {"all": [{"field": "loan", "op": "gte", "value": 1000}]}
    create_bare_campaign("cmp_3", criteria=criteria, quality=Quality(reject_to="quality"))
    reply = api.stranger().post("/v1/campaigns/cmp_3/leads", {**LEAD, "loan": 5})
    assert (reply.status, reply.json["status"]) == (202, "held")
    released = manager.post(f"/v1/leads/{reply.json['lead_id']}/release", {})
    assert (released.json["status"], released.json["worklist"]) == ("accepted", "unassigned")


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "reason"), ({"reason": "because"}, "reason"), ({"reason": "fraud", "text": "x"}, "text")],
)
def test_CAM_15_a_rejection_needs_a_listed_reason(
    api: ApiHarness, manager: Caller, body: dict[str, str], field: str
) -> None:
    reply = manager.post(f"/v1/leads/{post(api)}/reject", body)
    assert (reply.status, reply.json["error"]["fields"][0]["field"]) == (422, field)


def test_CAM_15_reasons_have_messages_that_sources_do_not_see() -> None:
    assert set(get_args(Reason)) == set(REVIEW)
    assert not {"fraud", "bad_contact", "other"} & MESSAGES.keys()


def test_RET_12_without_rejected_days_no_confirmation_is_needed(api: ApiHarness, manager: Caller) -> None:
    create_bare_campaign("cmp_5", retention=Policy(), quality=Quality(hold_all=True))
    lead_id = api.stranger().post("/v1/campaigns/cmp_5/leads", LEAD).json["lead_id"]
    reply = manager.post(f"/v1/leads/{lead_id}/reject", {"reason": "other"})
    assert (reply.status, reply.json["status"], reply.json["retention"]["origin"]) == (
        200,
        "rejected",
        "none",
    )
