"""A reviewer chooses the agent, and the source hears the end (CAM-15, INT-19, USE-U15)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from tests.factories.leads import AGENT, DAY, LEAD, NOW, create_organisation, facts_of
from tests.factories.quality import HOLDING, create_holding_campaign
from tests.factories.work import create_agent, set_disabled
from tests.harness.api import ApiHarness, Caller
from tests.harness.faults import fault, meanwhile, step

MANY = "/v1/projects/prj_1/release"
POST = f"/v1/campaigns/{HOLDING}/leads"


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    create_holding_campaign(AGENT.id)
    create_agent("usr_2")
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def held(source: Caller, **more: Any) -> str:
    reply = source.post(POST, {**LEAD, **more})
    assert reply.status == 202
    return str(reply.json["lead_id"])


@pytest.mark.parametrize(
    ("body", "agent"), [({}, AGENT.id), ({"user_id": "usr_2"}, "usr_2"), ({"user_id": None}, None)]
)
def test_USE_U15_a_release_may_choose_the_agent(
    api: ApiHarness, manager: Caller, body: dict[str, Any], agent: str | None
) -> None:
    lead_id = held(api.source(HOLDING))
    reply = manager.post(f"/v1/leads/{lead_id}/release", body)
    assert (reply.status, reply.json["status"]) == (200, "accepted")
    assert facts_of(lead_id).agent_id == agent


def test_USE_U15_only_an_agent_who_may_have_it_is_chosen(api: ApiHarness, manager: Caller) -> None:
    lead_id = held(api.source(HOLDING))
    set_disabled("usr_2")
    for user_id in ("usr_2", "usr_0"):
        reply = manager.post(f"/v1/leads/{lead_id}/release", {"user_id": user_id})
        assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "not_assignable")
    bare = api.user(Role.MANAGER, "prj_1", user_id="usr_b", withdrawn=(Permission.LEADS_ASSIGN,))
    assert bare.post(f"/v1/leads/{lead_id}/release", {"user_id": AGENT.id}).status == 403
    assert facts_of(lead_id).status == "held"


@pytest.mark.parametrize(
    ("choice", "agent"), [({}, AGENT.id), ({"user_id": "usr_2"}, "usr_2"), ({"user_id": None}, None)]
)
def test_USE_U15_a_release_of_many_may_choose_the_agent(
    api: ApiHarness, manager: Caller, choice: dict[str, Any], agent: str | None
) -> None:
    source = api.source(HOLDING)
    ids = [held(source, phone=f"202-555-018{number}", email=f"a{number}@example.org") for number in range(3)]
    reply = manager.post(MANY, {"lead_ids": [*ids, "lead_none"], **choice})
    assert reply.status == 200
    assert [(one["ok"], one.get("error")) for one in reply.json["results"]] == [
        *[(True, None)] * 3,
        (False, "not_found"),
    ]
    assert {facts_of(lead_id).agent_id for lead_id in ids} == {agent}


def test_USE_U15_only_an_agent_who_may_have_them_gets_many(api: ApiHarness, manager: Caller) -> None:
    body = {"lead_ids": [held(api.source(HOLDING))]}
    create_agent("usr_far", "prj_2")
    set_disabled("usr_2")
    for user_id in ("usr_2", "usr_0", "usr_far"):
        reply = manager.post(MANY, body | {"user_id": user_id})
        assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "not_assignable")
    bare = api.user(Role.MANAGER, "prj_1", user_id="usr_b", withdrawn=(Permission.LEADS_ASSIGN,))
    for choice in (AGENT.id, None):
        assert bare.post(MANY, body | {"user_id": choice}).status == 403
    outsider = api.user(Role.MANAGER, "prj_2", user_id="usr_o")
    assert outsider.post(MANY, body | {"user_id": "usr_far"}).status == 404
    assert facts_of(body["lead_ids"][0]).status == "held"
    assert bare.post(MANY, body).json["results"][0]["ok"], "without a choice the permission is not needed"


def test_USE_U15_an_agent_disabled_meanwhile_gets_no_more(api: ApiHarness, manager: Caller) -> None:
    source = api.source(HOLDING)
    ids = [held(source, phone=f"202-555-018{number}", email=f"a{number}@example.org") for number in range(2)]
    other = meanwhile(lambda: set_disabled("usr_2"))
    with fault(other, on={"TransactWriteItems"}, when=step(1)):
        reply = manager.post(MANY, {"lead_ids": ids, "user_id": "usr_2"})
    assert [one.get("error") for one in reply.json["results"]] == [None, "invalid"]
    assert [facts_of(lead_id).status for lead_id in ids] == ["accepted", "held"]


def test_USE_U15_the_source_hears_how_a_review_ended(api: ApiHarness, manager: Caller) -> None:
    source = api.source(HOLDING)
    lead_id, other_id = held(source), held(source, phone="202-555-0188", email="b@example.org")
    status = f"{POST}/{lead_id}/status"
    assert source.get(status).json == {"lead_id": lead_id, "status": "held"}
    manager.post(f"/v1/leads/{lead_id}/release", {})
    accepted = {"lead_id": lead_id, "status": "accepted", "price": "15.00", "currency": "USD"}
    assert source.get(status).json == accepted
    body = {"reason": "fraud"}
    token = manager.post(f"/v1/leads/{other_id}/reject", body).json["confirm"]
    manager.post(f"/v1/leads/{other_id}/reject", body | {"confirm": token})
    assert source.get(f"{POST}/{other_id}/status").json == {"lead_id": other_id, "status": "rejected"}
    assert manager.get(status).json == accepted


def test_USE_U15_other_sources_hear_nothing(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = api.source(HOLDING)
    status = f"{POST}/{held(source)}/status"
    for stranger in (api.source(HOLDING), api.user(Role.MANAGER, "prj_2")):
        assert stranger.get(status).status == 404
    assert api.source("cmp_1").get(status).status == 403
    assert api.stranger().get(status).status == 401
    assert api.user(Role.AGENT, "prj_1", user_id="usr_3").get(status).status == 403
    assert source.get(status.replace(HOLDING, "cmp_1")).status == 403
    monkeypatch.setattr(clock, "now", lambda: NOW + 20 * DAY)
    assert source.get(status).json["state"] == "erased"
