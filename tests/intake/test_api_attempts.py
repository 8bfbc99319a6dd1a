"""Every refused post is counted by campaign, source, day and reason, and kept for a day (INT-18, USE-U3)."""

import json
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso, utc_day
from chalicelib.leads.store import people
from chalicelib.privacy.handlers.after_erasure import finish
from tests.factories.leads import DAY, LEAD, NOW, create_campaign, create_organisation
from tests.harness.api import ApiHarness, Caller
from tests.harness.faults import denied, fault, metered

POST, ATTEMPTS = "/v1/campaigns/cmp_1/leads", "/v1/campaigns/cmp_1/attempts"
SECRET = "zolquiv"


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A manager of a campaign, at a known second."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation(Policy(10))
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def attempts(manager: Caller) -> list[dict[str, Any]]:
    reply = manager.get(ATTEMPTS)
    assert reply.status == 200, reply.text
    items: list[dict[str, Any]] = reply.json["items"]
    return items


def counted(manager: Caller) -> dict[tuple[str, str], int]:
    today = manager.get(ATTEMPTS).json["refused_today"]
    return {(each["source"].partition("/")[0], each["reason"]): each["count"] for each in today}


def test_USE_U3_a_lead_refused_with_422_is_counted_and_kept(api: ApiHarness, manager: Caller) -> None:
    source = api.source("cmp_1")
    body = {"first_name": SECRET, "phone": "555", "Zip": "94110", SECRET: "1", "202-555-0143": "x"}
    refused = source.post(POST, body)
    assert refused.status == 422
    (attempt,) = attempts(manager)
    assert attempt["source"].startswith("credential/crd_")
    assert attempt == {
        "at": iso(NOW),
        "request_id": refused.headers["X-Request-Id"],
        "source": attempt["source"],
        "sender": {
            "kind": "credential",
            "id": attempt["source"].partition("/")[2],
            "name": "A test source",
        },
        "reason": "invalid",
        "fields": ["first_name", "phone", "postal_code"],
        "other_fields": 2,
        "errors": [{"field": "phone", "code": "phone"}],
    }
    assert counted(manager) == {("credential", "invalid"): 1}
    assert manager.get("/v1/campaigns/cmp_1").json["leads_refused_today"] == {"invalid": 1}
    report = manager.get(f"/v1/campaigns/cmp_1/report?from={utc_day(NOW)}&to={utc_day(NOW)}").json
    assert report["total"]["refused"] == {"invalid": 1}


def test_USE_U3_each_way_to_be_refused_is_counted_once(api: ApiHarness, manager: Caller) -> None:
    create_campaign("cmp_2", policy=Policy())
    source = api.source("cmp_1")
    replies = [
        source.post(POST, {**LEAD, "note": "x" * 1_100_000}),
        api.bearer("lw_source_crd_01jabcdefghijklmnopqrstuvw_" + "a" * 43).post(POST, LEAD),
        api.source("cmp_2").post(POST, LEAD),
        api.stranger().post(POST, {"phone": "555"}),
        source.post(f"{POST}?page=1", LEAD),
    ]
    reasons = [reply.code for reply in replies]
    assert all(400 <= reply.status < 500 for reply in replies)
    assert sum(counted(manager).values()) == len(replies)
    assert [attempt["reason"] for attempt in attempts(manager)].sort() == reasons.sort()
    kinds = {source for source, _ in counted(manager)}
    assert kinds == {"credential", "unknown", "anyone"}


def test_USE_U3_a_campaign_that_takes_nothing_is_counted_as_before(api: ApiHarness, manager: Caller) -> None:
    assert manager.patch("/v1/campaigns/cmp_1", {"version": 1, "status": "on_hold"}).status == 200
    assert api.stranger().post(POST, LEAD).json["reason"] == "campaign_not_active"
    assert counted(manager) == {("anyone", "campaign_not_active"): 1}
    assert attempts(manager) == []


def test_USE_U3_no_value_and_no_unknown_name_is_kept(api: ApiHarness, manager: Caller) -> None:
    api.stranger().post(POST, {"phone": SECRET, SECRET: SECRET, "email": f"{SECRET}@", "note": [SECRET]})
    rows = [row.body for row in people.PersonRow.query("attempts#cmp_1")]
    assert len(rows) == 1
    assert SECRET not in rows[0]
    assert SECRET not in manager.get(ATTEMPTS).text


def test_USE_U3_an_unknown_campaign_is_not_counted(api: ApiHarness, manager: Caller) -> None:
    assert api.stranger().post("/v1/campaigns/cmp_0/leads", LEAD).status == 404
    assert list(people.PersonRow.query("attempts#cmp_0")) == []
    assert counters.read_day("refusals#cmp_0", utc_day(NOW)) == {}


def test_USE_U3_ten_a_second_and_a_hundred_are_kept_and_all_counted(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = api.stranger()
    for _ in range(13):
        stranger.post(POST, {"phone": "555"})
    assert len(attempts(manager)) == 10
    for second in range(1, 11):
        monkeypatch.setattr(clock, "now", lambda second=second: NOW + second)
        for _ in range(10):
            stranger.post(POST, {"phone": "555"})
    kept = attempts(Caller(api.client, api.signer.token("usr_manager")))
    assert len(kept) == 100
    assert {attempt["at"] for attempt in kept} == {iso(NOW + second) for second in range(1, 11)}
    assert kept[0]["at"] == iso(NOW + 10)
    assert sum(counters.read_day("refusals#cmp_1", utc_day(NOW)).values()) == 113


def test_USE_U3_a_kept_post_is_gone_after_a_day(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.stranger().post(POST, {"phone": "555"})
    for later, left in ((DAY - 1, 1), (DAY, 0)):
        monkeypatch.setattr(clock, "now", lambda later=later: NOW + later)
        assert len(attempts(Caller(api.client, api.signer.token("usr_manager")))) == left


def test_USE_U3_its_removal_by_time_to_live_is_expected(
    api: ApiHarness, manager: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    api.stranger().post(POST, {"phone": "555"})
    capsys.readouterr()
    finish({"lead_id": "attempts#cmp_1"})
    assert "UnexpectedRemoval" not in capsys.readouterr().out


def test_USE_U3_a_refusal_is_answered_also_if_it_cannot_be_counted(
    api: ApiHarness, manager: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = api.stranger()
    stranger.post(POST, {"phone": "555"})
    for table in ("counters", "people"):
        with fault(denied, table=table) as fired:
            assert stranger.post(POST, {"phone": "555"}).status == 422
        assert fired
    lines = [
        json.loads(line) for line in capsys.readouterr().out.splitlines() if "RefusalsNotCounted" in line
    ]
    assert lines


def test_USE_U3_an_accepted_lead_costs_what_it_cost(api: ApiHarness, manager: Caller) -> None:
    stranger = api.stranger()
    stranger.post(POST, LEAD)
    with metered() as meter:
        assert stranger.post(POST, {**LEAD, "phone": "202-555-0188"}).status == 201
    assert meter.round_trips == 2


def test_USE_U3_only_who_manages_the_campaign_sees_them(api: ApiHarness, manager: Caller) -> None:
    assert api.user(Role.AGENT, "prj_1").get(ATTEMPTS).status == 403
    assert api.user(Role.MANAGER, "prj_2").get(ATTEMPTS).status == 404
    bare = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.CAMPAIGNS_MANAGE,))
    assert bare.get(ATTEMPTS).status == 403
    assert api.source("cmp_1").get(ATTEMPTS).status == 403
