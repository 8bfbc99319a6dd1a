"""Explanations over HTTP: the dry run, the replay of a decision, the effect of a draft (CAM-18 … CAM-20)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates, Limits, Quality
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Organisation, Project
from chalicelib.organisation.domain.grading import Grading
from tests.factories.configuration import confirmed_post
from tests.factories.leads import LEAD, NOW, create_organisation, facts_of
from tests.factories.quality import create_bare_campaign
from tests.harness.api import ApiHarness, Caller, Reply, add_item

INTAKE_PATH = "/v1/campaigns/cmp_w/leads"
EXPLAIN = f"{INTAKE_PATH}/explain"
WOULD = "/v1/campaigns/cmp_w/what-would-change"
ENOUGH = {"all": [{"field": "loan", "op": "at_least", "value": 100}]}
MORE = {"all": [{"field": "loan", "op": "at_least", "value": 300}]}


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    create_bare_campaign("cmp_w", criteria=ENOUGH, retention=Policy(60))
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def change(**settings: Any) -> None:
    before = configuration.get(Campaign, "cmp_w", NOW)
    assert before is not None
    after = replace(before, **settings, version=before.version + 1)
    batch.write(configuration.update(after), clock.new_id("t"))
    configuration.clear_cache()


def lead_body(number: int = 47, **more: Any) -> dict[str, Any]:
    return LEAD | {"phone": f"202-555-01{number:02d}", "loan": 200} | more


def post(caller: Caller, number: int = 47, **more: Any) -> str:
    return str(caller.post(INTAKE_PATH, lead_body(number, **more)).json["lead_id"])


def trace_line(reply: Reply, check: str) -> Any:
    return next(entry for entry in reply.json["trace"] if entry["check"] == check)


def access_details(lead_id: str) -> list[str]:
    entries = ledger.list_subject(f"lead/{lead_id}", NOW)
    return [str(item.detail) for item in entries if item.kind is EntryKind.ACCESS]


def test_CAM_18_the_trace_is_complete_and_names_its_version(manager: Caller) -> None:
    reply = manager.post(EXPLAIN, lead_body())
    assert (reply.status, reply.json["status"], reply.json["config_version"]) == (200, "accepted", 1)
    assert [entry["check"] for entry in reply.json["trace"]][:3] == ["authentication", "password", "shape"]
    assert trace_line(reply, "criteria")["outcome"] == "passed"
    assert trace_line(reply, "coverage")["outcome"] == "skipped"


def test_CAM_18_only_permitted_users_and_sources_may_call_it(api: ApiHarness, manager: Caller) -> None:
    unable = api.user(Role.MANAGER, "prj_1", user_id="usr_2", withdrawn=(Permission.CAMPAIGNS_MANAGE,))
    foreign = api.user(Role.MANAGER, "prj_2", user_id="usr_3")
    agent = api.user(Role.AGENT, "prj_1", user_id="usr_4")
    request = {
        "stranger": api.stranger(),
        "own": api.source("cmp_w"),
        "other": api.source("cmp_1"),
        "unable": unable,
        "foreign": foreign,
        "agent": agent,
        "manager": manager,
    }
    assert {name: caller.post(EXPLAIN, lead_body()).status for name, caller in request.items()} == {
        "stranger": 401,
        "own": 200,
        "other": 403,
        "unable": 403,
        "foreign": 404,
        "agent": 403,
        "manager": 200,
    }
    assert manager.post("/v1/campaigns/cmp_none/leads/explain", lead_body()).status == 404


@pytest.mark.parametrize("shown_values", [True, False])
def test_CAM_18_a_source_gets_details_only_if_the_campaign_allows_it(
    api: ApiHarness, manager: Caller, shown_values: bool
) -> None:
    change(tell_source_reasons=shown_values)
    reply = api.source("cmp_w").post(EXPLAIN, lead_body(loan=50))
    assert (reply.json["status"], reply.json["reason"]) == ("rejected", "outside_criteria")
    assert ("detail" in trace_line(reply, "criteria")) is shown_values
    assert (
        trace_line(manager.post(EXPLAIN, lead_body(loan=50)), "criteria")["detail"]["criterion"]
        == "loan.at_least"
    )


def test_CAM_18_bad_fields_are_named_as_at_the_intake(api: ApiHarness, manager: Caller) -> None:
    reply = api.source("cmp_w").post(EXPLAIN, lead_body(loan="much"))
    assert (reply.json["status"], reply.json["reason"]) == ("refused", "invalid")
    assert trace_line(reply, "shape")["detail"]["fields"][0]["field"] == "loan"


def test_CAM_18_the_trace_contains_nothing_personal(api: ApiHarness, manager: Caller) -> None:
    change(duplicates=Duplicates(enabled=True), tell_source_reasons=True)
    post(manager)
    reply = manager.post(EXPLAIN, lead_body())
    assert reply.json["status"] == "duplicate"
    assert not [word for word in ("Ada", "0147", "ada@") if word in reply.text]


def test_CAM_18_compared_values_are_shown_and_not_stored(api: ApiHarness, manager: Caller) -> None:
    settings = {"all": [{"any": [*ENOUGH["all"], {"field": "first_name", "op": "equals", "value": "Bob"}]}]}
    change(criteria=settings, tell_source_reasons=True)
    expected = {
        "criterion": "all.0.any",
        "why": "not_met",
        "any": [
            {"criterion": "loan.at_least", "why": "not_met", "wanted": 100, "found": "77"},
            {"criterion": "first_name.equals", "why": "not_met", "wanted": "Bob", "found": "…"},
        ],
    }
    for caller in (api.source("cmp_w"), manager):
        assert trace_line(caller.post(EXPLAIN, lead_body(loan=77)), "criteria")["detail"] == expected
    lead_id = post(api.source("cmp_w"), loan=77)
    repeated = manager.get(f"/v1/leads/{lead_id}/decision").json["again"]
    assert next(entry for entry in repeated["trace"] if entry["check"] == "criteria")["detail"] == expected
    assert facts_of(lead_id).failed == ("criteria/CAM-3/all.0.any",)
    assert "77" not in str([facts_of(lead_id).failed, facts_of(lead_id).answer])
    assert "77" not in str([entry.detail for entry in ledger.list_subject(f"lead/{lead_id}", NOW)])


def test_CAM_18_a_duplicate_shows_its_window_and_the_earlier_receipt(
    api: ApiHarness, manager: Caller
) -> None:
    change(duplicates=Duplicates(enabled=True, days=9), tell_source_reasons=True)
    first, second = api.source("cmp_w"), api.source("cmp_w")
    lead_id = post(first)
    shown_values = {"duplicate_of": lead_id, "received_at": iso(NOW), "days": 9}
    for caller in (first, manager):
        assert trace_line(caller.post(EXPLAIN, lead_body()), "duplicate")["detail"] == shown_values
    assert "detail" not in trace_line(second.post(EXPLAIN, lead_body()), "duplicate")


def test_INT_8_the_earlier_lead_is_named_only_to_its_own_source(api: ApiHarness, manager: Caller) -> None:
    change(duplicates=Duplicates(enabled=True), tell_source_reasons=True)
    first, second = api.source("cmp_w"), api.source("cmp_w")
    lead_id = post(first)
    for path in (EXPLAIN, INTAKE_PATH):
        assert lead_id in first.post(path, lead_body()).text
        assert lead_id not in second.post(path, lead_body()).text
    assert lead_id in manager.post(EXPLAIN, lead_body()).text
    assert lead_id not in api.stranger().post(INTAKE_PATH, lead_body()).text


def test_CAM_18_a_dry_run_counts_nothing(api: ApiHarness, manager: Caller) -> None:
    change(limits=Limits(hourly=1))
    for _ in range(3):
        assert manager.post(EXPLAIN, lead_body()).json["status"] == "accepted"
    assert api.stranger().post(INTAKE_PATH, lead_body()).status == 201
    full = manager.post(EXPLAIN, lead_body())
    assert full.json["reason"] == "over_limit"
    assert trace_line(full, "limits")["detail"] == {"limit": "hourly", "most": 1, "taken": 1}


def test_CAM_20_a_replay_uses_the_settings_of_the_decision(manager: Caller) -> None:
    lead_id = post(manager)
    change(criteria=MORE)
    reply = manager.get(f"/v1/leads/{lead_id}/decision")
    assert reply.status == 200
    assert (reply.json["then"], reply.json["same"], reply.json["again"]["config_version"]) == (
        "accepted",
        True,
        1,
    )
    assert len(access_details(lead_id)) == 1


def test_CAM_20_a_replay_is_equal_after_a_correction_and_a_review(manager: Caller) -> None:
    change(quality=Quality(reject_to="quality"))
    lead_id = post(manager, loan=50)
    path = f"/v1/leads/{lead_id}"
    corrected = manager.patch(path, {"version": facts_of(lead_id).version, "person": {"loan": 500}})
    assert corrected.status == 200
    assert manager.post(f"{path}/release", {}).status == 200
    reply = manager.get(f"{path}/decision").json
    assert (reply["then"], reply["then_reason"], reply["same"]) == ("held", "held", True)
    (failed,) = [entry for entry in reply["again"]["trace"] if entry["check"] == "criteria"]
    assert failed["outcome"] == "failed"


def test_CAM_20_a_replay_uses_the_stored_grading_and_zone(manager: Caller) -> None:
    letters: Any = (("A", 5, "accept"), ("F", 0, "reject"))
    add_item(Organisation(version=1, grading=Grading({"criteria": 5}, letters)))
    change(limits=Limits(daily=1))
    accepted, over = post(manager, 1), post(manager, 2)
    batch.write(
        configuration.update(Organisation(version=2, grading=Grading({}, letters))), clock.new_id("t")
    )
    before = configuration.get(Project, "prj_1", NOW)
    assert before is not None
    batch.write(configuration.update(replace(before, zone="Pacific/Apia", version=2)), clock.new_id("t"))
    configuration.clear_cache()
    repeated = [manager.get(f"/v1/leads/{item}/decision").json for item in (accepted, over)]
    assert [(item["then"], item["same"]) for item in repeated] == [("accepted", True), ("rejected", True)]


def test_CAM_20_a_replay_gives_points_for_sender_and_password_again(api: ApiHarness, manager: Caller) -> None:
    grading_used = Grading({"authentication": 5, "password": 5}, (("A", 10, "accept"), ("F", 0, "reject")))
    change(grading=grading_used, password_hash=password_hash(secrets.identity_key(), "cmp_w", "open sesame"))
    knowing = {"X-Campaign-Password": "open sesame"}
    known = api.source("cmp_w").post(INTAKE_PATH, lead_body(50), headers=knowing).json
    unknown = api.stranger().post(INTAKE_PATH, lead_body(51), headers=knowing).json
    by_hand = manager.post(INTAKE_PATH, lead_body(52)).json
    assert [item["status"] for item in (known, unknown, by_hand)] == ["accepted", "rejected", "rejected"]
    for item in (known, unknown, by_hand):
        assert manager.get(f"/v1/leads/{item['lead_id']}/decision").json["same"] is True


def test_CAM_20_after_the_erasure_there_is_no_replay(manager: Caller) -> None:
    lead_id = post(manager)
    assert confirmed_post(manager, "POST", f"/v1/leads/{lead_id}/forget", {"keep_out": False}).status in (
        200,
        202,
    )
    reply = manager.get(f"/v1/leads/{lead_id}/decision")
    assert (reply.status, reply.code) == (409, "erased")


def test_CAM_20_only_permitted_users_may_replay(api: ApiHarness, manager: Caller) -> None:
    path = f"/v1/leads/{post(manager)}/decision"
    others = {
        401: api.stranger(),
        403: api.user(Role.AGENT, "prj_1", user_id="usr_4"),
        404: api.user(Role.MANAGER, "prj_2", user_id="usr_3"),
    }
    assert {status: caller.get(path).status for status, caller in others.items()} == {
        401: 401,
        403: 403,
        404: 404,
    }
    assert api.source("cmp_w").get(path).status == 403


def changes_under_draft(caller: Caller, **more: Any) -> Any:
    reply = caller.post(WOULD, {"draft": {"criteria": MORE}, "days": 3} | more)
    assert reply.status == 200, reply.text
    return reply.json


def test_CAM_20_a_draft_lists_exactly_the_leads_that_change(api: ApiHarness, manager: Caller) -> None:
    anonymous = api.stranger()
    small, enough, large = (
        post(anonymous, 1, loan=50),
        post(anonymous, 2, loan=200),
        post(anonymous, 3, loan=400),
    )
    tables = [facts_of(item) for item in (small, enough, large)]
    answer = changes_under_draft(manager)
    assert [(item["lead_id"], item["then"], item["now"], item["now_reason"]) for item in answer["items"]] == [
        (enough, "accepted", "rejected", "outside_criteria")
    ]
    assert (answer["examined"], answer["next"]) == (3, None)
    assert [facts_of(item) for item in (small, enough, large)] == tables
    assert [len(access_details(item)) for item in (small, enough, large)] == [1, 1, 1]
    assert changes_under_draft(manager, draft={})["items"] == []
    assert [item["lead_id"] for item in changes_under_draft(manager, draft={"criteria": None})["items"]] == [
        small
    ]
    assert configuration.get(Campaign, "cmp_w", NOW).version == 1  # type: ignore[union-attr]


def test_CAM_20_a_long_list_of_changes_comes_in_pages(api: ApiHarness, manager: Caller) -> None:
    ids = {post(api.stranger(), number) for number in range(5)}
    seen: list[str] = []
    cursor = None
    for _ in range(9):
        page = changes_under_draft(manager, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["lead_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)


def test_CAM_21_an_invalid_draft_is_refused(manager: Caller) -> None:
    body = {"draft": {"criteria": {"all": [{"field": "attic", "op": "exists"}]}}, "days": 3}
    assert manager.post(WOULD, body).status == 422
    assert manager.post(WOULD, {"draft": {}, "days": 0}).status == 422
    assert manager.post(WOULD, {"draft": {"name": "x"}, "days": 1}).status == 422
