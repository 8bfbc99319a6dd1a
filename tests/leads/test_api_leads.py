"""Leads over the API (INT-15 … INT-17, RET-9 … RET-13)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import day_start, iso, utc_day
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.factories.leads import DAY, NOW, create_campaign, create_lead, create_organisation
from tests.harness.api import ApiHarness, Caller

ONE = "/v1/leads/lead_1"


@dataclass
class LeadsApi:
    """The API with a clock that tests can set, and its callers."""

    api: ApiHarness
    set_now: Callable[[int], None]

    def caller(self, user_id: str = "usr_manager") -> Caller:
        """Return a known user with a fresh sign-in."""
        return Caller(self.api.client, self.api.signer.token(user_id))


@pytest.fixture
def leads_api(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> LeadsApi:
    """A lead in a campaign of ten days, a manager, an agent, and a manager of another project."""

    def set_now(now: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: now)

    set_now(NOW)
    create_organisation()
    create_lead()
    api.user(Role.MANAGER, "prj_1", user_id="usr_manager")
    api.user(Role.AGENT, "prj_1", user_id="usr_1")
    api.user(Role.MANAGER, "prj_2", user_id="usr_outsider")
    return LeadsApi(api, set_now)


def test_INT_15_a_live_lead_has_facts_person_retention_and_history(leads_api: LeadsApi) -> None:
    reply = leads_api.caller().get(ONE)
    assert reply.status == 200
    assert reply.json == {
        "lead_id": "lead_1",
        "version": 1,
        "campaign_id": "cmp_1",
        "campaign": {"id": "cmp_1", "name": "Web"},
        "project_id": "prj_1",
        "project": {"id": "prj_1", "name": "Loans"},
        "status": "accepted",
        "state": "live",
        "test": False,
        "received_at": iso(NOW),
        "reasons": [],
        "config_version": 1,
        "price": "15.00",
        "currency": "USD",
        "retention": {
            "days": 10,
            "base_due_at": iso(NOW + 10 * DAY),
            "due_at": iso(NOW + 10 * DAY),
            "erase_at": iso(NOW + 10 * DAY),
            "origin": "campaign",
            "state": "counting",
        },
        "agent_id": None,
        "stage": "new",
        "outcome": None,
        "last_activity_at": None,
        "follow_up_on": None,
        "worklist": "unassigned",
        "person": {"first_name": "Ada", "phone": "+12025550147", "email": "ada@example.com"},
        "history": [
            {"at": iso(NOW), "kind": "received", "by": {"kind": "anyone", "id": "anyone", "name": None}}
        ],
    }


def test_INT_15_an_erased_lead_shows_time_and_ground_and_no_person(leads_api: LeadsApi) -> None:
    due = NOW + 10 * DAY
    leads_api.set_now(due)
    queued = leads_api.caller().get(ONE).json
    finish_erasure("lead_1", "schedule", due + 60)
    erased = leads_api.caller().get(ONE).json
    for lead, at in ((queued, due), (erased, due + 60)):
        assert (lead["state"], lead["basis"], lead["erased_at"]) == ("erased", "retention", iso(at))
        assert "person" not in lead
        assert lead["worklist"] is None
        assert lead["history"][-1] == {
            "at": iso(at),
            "kind": "erased",
            "by": {"kind": "system", "id": "leadwarden", "name": None},
            "basis": "retention",
        }
    assert queued["retention"]["state"] == "queued"
    assert erased["retention"]["state"] == "erased"


@pytest.mark.parametrize("user_id", ["usr_1", "usr_outsider"])
def test_ACC_4_for_other_users_the_lead_does_not_exist(leads_api: LeadsApi, user_id: str) -> None:
    caller = leads_api.caller(user_id)
    absent = caller.get("/v1/leads/lead_none")
    correction = {"version": 1, "person": {"first_name": "Eve"}}
    for reply in (
        caller.get(ONE),
        caller.patch(ONE, correction),
        caller.put(f"{ONE}/retention", {"days": 2}),
    ):
        assert (reply.status, reply.text) == (absent.status, absent.text) == (404, absent.text)
    assert caller.get("/v1/leads?campaign=cmp_1").status == (404 if user_id == "usr_outsider" else 200)


def test_WRK_16_the_history_starts_with_receipt_and_assignment(leads_api: LeadsApi) -> None:
    create_campaign("cmp_2", policy=Policy(), agent="usr_agent")
    create_lead("lead_2", campaign_id="cmp_2")
    kinds = [
        (entry["kind"], entry.get("user_id"))
        for entry in leads_api.caller().get("/v1/leads/lead_2").json["history"]
    ]
    assert kinds == [("received", None), ("assigned", "usr_agent")]


def test_INT_16_a_list_continues_and_shows_persons_only_on_request(leads_api: LeadsApi) -> None:
    for number in range(2, 6):
        create_lead(f"lead_{number}", NOW + number)
    caller, path = leads_api.caller(), f"/v1/leads?campaign=cmp_1&day={utc_day(NOW)}&limit=2"
    seen, cursor = [], ""
    while True:
        page = caller.get(path + cursor).json
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [lead["lead_id"] for lead in seen] == ["lead_5", "lead_4", "lead_3", "lead_2", "lead_1"]
    assert not any("person" in lead or "history" in lead for lead in seen)
    shown = caller.get(f"{path}&person=true").json["items"]
    assert all(lead["person"]["first_name"] == "Ada" for lead in shown)
    assert [entry.through for entry in ledger.list_subject("lead/lead_5", NOW)] == ["list"]


@pytest.mark.parametrize("query", ["", "&person=true", "&status=accepted"])
def test_INT_16_paging_across_midnight_stays_on_its_day(leads_api: LeadsApi, query: str) -> None:
    midnight = day_start(utc_day(NOW)) + DAY
    for number in range(2, 5):
        create_lead(f"lead_{number}", midnight - 10 + number)
    leads_api.set_now(midnight - 1)
    path = f"/v1/leads?campaign=cmp_1&limit=3{query}"
    page = leads_api.caller().get(path).json
    create_lead("lead_new", midnight + 1)
    leads_api.set_now(midnight + 2)
    rest = leads_api.caller().get(f"{path}&cursor={page['next']}").json
    assert [lead["lead_id"] for lead in page["items"]] == ["lead_4", "lead_3", "lead_2"]
    assert ([lead["lead_id"] for lead in rest["items"]], rest["next"]) == (["lead_1"], None)
    today = leads_api.caller().get(path).json["items"]
    assert [lead["lead_id"] for lead in today] == ["lead_new"]


def test_INT_16_a_cursor_is_for_its_own_list_and_user(leads_api: LeadsApi) -> None:
    create_lead("lead_2", NOW + 1)
    leads_api.api.user(Role.MANAGER, "prj_1", user_id="usr_second")
    path = f"/v1/leads?campaign=cmp_1&day={utc_day(NOW)}&limit=1"
    token = leads_api.caller().get(path).json["next"]
    for reply in (
        leads_api.caller("usr_second").get(f"{path}&cursor={token}"),
        leads_api.caller().get(f"{path}&status=held&cursor={token}"),
        leads_api.caller().get(f"{path}&cursor=x{token}"),
    ):
        assert reply.status == 400


@pytest.mark.parametrize(
    "query", ["", "?campaign=cmp_1&day=yesterday", "?campaign=cmp_1&status=sold", "?campaign=cmp_1&shoe=42"]
)
def test_INT_16_an_invalid_list_query_is_422(leads_api: LeadsApi, query: str) -> None:
    assert leads_api.caller().get(f"/v1/leads{query}").status == 422


def test_INT_17_a_correction_returns_the_lead(leads_api: LeadsApi) -> None:
    reply = leads_api.caller().patch(ONE, {"version": 1, "person": {"phone": "202-555-0148", "email": None}})
    assert reply.status == 200
    assert reply.json["version"] == 2
    assert reply.json["person"] == {"first_name": "Ada", "phone": "+12025550148"}
    assert reply.json["history"][-1]["kind"] == "corrected"
    assert reply.json["history"][-1]["fields"] == ["email", "phone"]
    repeated = leads_api.caller().patch(ONE, {"version": 1, "person": {"phone": "202-555-0149"}})
    assert (repeated.status, repeated.code) == (409, "version_conflict")
    bad = leads_api.caller().patch(ONE, {"version": 2, "person": {"phone": "letters"}})
    assert (bad.status, bad.json["error"]["fields"][0]["field"]) == (422, "phone")
    assert "letters" not in bad.text


def test_RET_12_setting_a_retention_takes_two_calls(leads_api: LeadsApi) -> None:
    path = f"{ONE}/retention"
    first_reply = leads_api.caller().put(path, {"days": 20})
    assert (first_reply.status, first_reply.code) == (409, "confirmation_required")
    assert first_reply.json["effect"]["erase_at"] == iso(NOW + 20 * DAY)
    assert leads_api.caller().get(ONE).json["retention"]["days"] == 10
    confirmed = {"days": 20, "confirm": first_reply.json["confirm"]}
    for _ in range(2):
        reply = leads_api.caller().put(path, confirmed)
        assert reply.status == 200
        assert (reply.json["version"], reply.json["retention"]["days"]) == (2, 20)
    assert reply.json["retention"]["base_due_at"] == iso(NOW + 10 * DAY)
    assert leads_api.caller().get(ONE).json["history"][-1]["kind"] == "retention"


def test_RET_12_a_confirmation_expires_after_ten_minutes(leads_api: LeadsApi) -> None:
    token = leads_api.caller().put(f"{ONE}/retention", {"days": 20}).json["confirm"]
    leads_api.set_now(NOW + 600)
    reply = leads_api.caller().put(f"{ONE}/retention", {"days": 20, "confirm": token})
    assert (reply.status, reply.code) == (409, "confirmation_expired")


def test_RET_11_after_the_deadline_it_is_409(leads_api: LeadsApi) -> None:
    leads_api.set_now(NOW + 10 * DAY)
    reply = leads_api.caller().put(f"{ONE}/retention", {"days": 20})
    assert (reply.status, reply.code) == (409, "deadline_passed")


def test_RET_13_without_the_permission_it_is_403(leads_api: LeadsApi) -> None:
    leads_api.api.user(Role.MANAGER, "prj_1", user_id="usr_reader", withdrawn=(Permission.RETENTION_MANAGE,))
    reader = leads_api.caller("usr_reader")
    assert reader.put(f"{ONE}/retention", {"days": 20}).status == 403
    assert reader.get(ONE).json["retention"]["days"] == 10


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"days": 0},
        {"days": 3651},
        {"days": "5"},
        {"days": 5, "until": "2030-01-01T00:00:00Z"},
        {"none": True},
        {"none": True, "reason": "because"},
        {"none": False},
        {"days": 5, "reason": "contract"},
        {"until": "2030-02-30"},
        {"until": "2030-01-01T00:00:00"},
        {"until": iso(NOW)},
        {"until": "2099-01-01T00:00:00Z"},
    ],
)
def test_RET_10_an_invalid_setting_is_422(leads_api: LeadsApi, body: dict[str, object]) -> None:
    assert leads_api.caller().put(f"{ONE}/retention", body).status == 422


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"none": True}, "With `none`, give a `reason`: why there is no policy."),
        ({"days": 5, "reason": "contract"}, "Give a `reason` only with `none`."),
    ],
)
def test_RET_10_a_reason_without_its_setting_is_explained(
    leads_api: LeadsApi, body: dict[str, object], message: str
) -> None:
    (field,) = leads_api.caller().put(f"{ONE}/retention", body).json["error"]["fields"]
    assert (field["code"], field["message"]) == ("reason", message)


def test_RET_18_forecast_and_what_if_work_over_the_api(leads_api: LeadsApi) -> None:
    forecast = leads_api.caller().get("/v1/forecast?days=30")
    assert forecast.json == {
        "days": [{"date": utc_day(NOW + 10 * DAY), "campaign_id": "cmp_1", "due": 1}],
        "campaigns": [{"id": "cmp_1", "name": "Web"}],
    }
    assert leads_api.caller("usr_outsider").get("/v1/forecast").json == {"days": [], "campaigns": []}
    assert leads_api.caller("usr_1").get("/v1/forecast").status == 403
    ledger_entry = "/v1/campaigns/cmp_1/what-if"
    started = leads_api.caller().post(ledger_entry, {"days": 5})
    assert started.status == 202  # the campaign was not created over the API: ten years are searched
    path = f"/v1/jobs/{started.json['job_id']}"
    assert leads_api.caller().get(path).json["state"] == "running"
    assert leads_api.caller("usr_outsider").get(path).status == 404
    assert leads_api.caller("usr_outsider").post(ledger_entry, {"days": 5}).status == 404
    assert leads_api.caller().post(ledger_entry, {}).status == 422
