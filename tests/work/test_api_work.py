"""Working a lead over the API (WRK-2 … WRK-4, WRK-14, WRK-16, RET-12)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso, local_day
from chalicelib.organisation.domain.configuration import OutcomeRule
from tests.factories.configuration import confirmed_post
from tests.factories.leads import AGENT, DAY, MANAGER, NOW, create_organisation
from tests.factories.work import (
    HOUR,
    actions,
    change_project_settings,
    create_agent,
    create_assigned_lead,
    run_retirement,
)
from tests.harness.api import ApiHarness, Caller

ONE = "/v1/leads/lead_1"
WORK: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{ONE}/activities", {"kind": "comment", "text": "Called back."}),
    ("PUT", f"{ONE}/stage", {"stage": "contacted"}),
    ("PUT", f"{ONE}/follow-up", {"on": local_day(NOW + DAY, "UTC")}),
    ("PUT", f"{ONE}/outcome", {"outcome": "lost"}),
]


@dataclass
class WorkApi:
    """The API with a clock that tests can set, and its callers."""

    api: ApiHarness
    set_now: Callable[[int], None]

    def caller(self, user_id: str = AGENT.id) -> Caller:
        """Return a known user with a fresh sign-in."""
        return Caller(self.api.client, self.api.signer.token(user_id))


@pytest.fixture
def work_api(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> WorkApi:
    """An agent's lead of ten days, another agent, a manager, a manager of another project."""

    def set_now(now: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: now)

    set_now(NOW)
    create_organisation(Policy(10))
    create_assigned_lead()
    create_agent("usr_2")
    api.user(Role.MANAGER, "prj_1", user_id=MANAGER.id)
    api.user(Role.MANAGER, "prj_2", user_id="usr_outsider")
    return WorkApi(api, set_now)


def test_WRK_3_an_activity_returns_the_lead_and_its_fresh_clock(work_api: WorkApi) -> None:
    change_project_settings(inactivity="P2D")
    work_api.set_now(NOW + HOUR)
    day = local_day(NOW + 3 * DAY, "UTC")
    body = {"kind": "call", "direction": "outgoing", "result": "no_answer", "minutes": 2, "follow_up_on": day}
    reply = work_api.caller().post(f"{ONE}/activities", body)
    assert reply.status == 201
    lead = reply.json
    assert (lead["lead_id"], lead["version"], lead["worklist"]) == ("lead_1", 3, "open")
    assert (lead["last_activity_at"], lead["follow_up_on"]) == (iso(NOW + HOUR), day)
    assert lead["retires_at"] == iso(NOW + HOUR + 2 * DAY)
    assert not {"person", "history"} & set(lead)


def test_WRK_3_a_call_recorded_later_has_its_own_time(work_api: WorkApi) -> None:
    work_api.set_now(NOW + HOUR)
    body = {"kind": "call", "direction": "incoming", "result": "answered", "at": iso(NOW + 60)}
    assert work_api.caller().post(f"{ONE}/activities", body).status == 201
    entry = work_api.caller().get(ONE).json["history"][-1]
    assert (entry["at"], entry["called_at"]) == (iso(NOW + HOUR), iso(NOW + 60))
    late = work_api.caller().post(f"{ONE}/activities", body | {"at": iso(NOW + HOUR + 1)})
    assert (late.status, late.json["error"]["fields"][0]["field"]) == (422, "at")


def test_WRK_16_the_history_shows_everything_in_order(work_api: WorkApi) -> None:
    agent, manager = work_api.caller(), work_api.caller(MANAGER.id)
    agent.post(f"{ONE}/activities", {"kind": "comment", "text": "  Prefers mornings. "})
    agent.put(f"{ONE}/stage", {"stage": "contacted"})
    agent.put(f"{ONE}/follow-up", {"on": local_day(NOW, "UTC")})
    agent.post(f"{ONE}/activities", {"kind": "call_tag", "tag": "interested"})
    agent.put(f"{ONE}/outcome", {"outcome": "lost"})
    manager.put(f"{ONE}/agent", {"user_id": "usr_2"})
    by = {"kind": "user", "id": AGENT.id, "name": "An agent"}
    assert manager.get(ONE).json["history"][2:] == [
        {"at": iso(NOW), "kind": "comment", "by": by, "text": "Prefers mornings."},
        {"at": iso(NOW), "kind": "stage", "by": by, "from": "new", "to": "contacted"},
        {"at": iso(NOW), "kind": "follow_up", "by": by, "on": local_day(NOW, "UTC")},
        {"at": iso(NOW), "kind": "call_tag", "by": by, "tag": "interested"},
        {"at": iso(NOW), "kind": "outcome", "by": by, "from": None, "to": "lost"},
        {
            "at": iso(NOW),
            "kind": "reassigned",
            "by": {"kind": "user", "id": MANAGER.id, "name": "A test manager"},
            "user_id": "usr_2",
            "user": {"id": "usr_2", "name": "An agent"},
            "previous_user_id": AGENT.id,
            "previous_user": {"id": AGENT.id, "name": "An agent"},
        },
    ]


def test_WRK_3_an_activity_repeated_with_its_key_is_recorded_once(work_api: WorkApi) -> None:
    body = {"kind": "comment", "text": "Called back."}
    replies = [
        work_api.caller().post(f"{ONE}/activities", body, headers={"Idempotency-Key": "k-1"})
        for _ in range(2)
    ]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert actions() == ["assigned", "comment"]
    other = work_api.caller().post(
        f"{ONE}/activities", body | {"text": "Else."}, headers={"Idempotency-Key": "k-1"}
    )
    assert (other.status, other.code) == (422, "key_reused")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("activities", {}, None),
        ("activities", {"kind": "letter"}, "kind"),
        ("activities", {"kind": "comment"}, None),
        ("activities", {"kind": "comment", "text": "   "}, "text"),
        ("activities", {"kind": "comment", "text": "x" * 10_001}, "text"),
        ("activities", {"kind": "comment", "text": "x", "tag": "interested"}, None),
        ("activities", {"kind": "comment", "text": "x", "stars": 5}, "stars"),
        ("activities", {"kind": "comment", "text": "x", "follow_up_on": "soon"}, "follow_up_on"),
        ("activities", {"kind": "comment", "text": "x", "follow_up_on": "2020-01-01"}, "follow_up_on"),
        ("activities", {"kind": "call", "direction": "outgoing"}, None),
        ("activities", {"kind": "call", "direction": "sideways", "result": "busy"}, "direction"),
        ("activities", {"kind": "call", "direction": "outgoing", "result": "maybe"}, "result"),
        ("activities", {"kind": "call", "direction": "outgoing", "result": "busy", "minutes": -1}, "minutes"),
        ("activities", {"kind": "call", "direction": "outgoing", "result": "busy", "at": "yesterday"}, "at"),
        (
            "activities",
            {"kind": "call", "direction": "outgoing", "result": "busy", "minutes": "3"},
            "minutes",
        ),
        ("activities", {"kind": "call_tag", "tag": "sold"}, "tag"),
        ("activities", {"kind": "call_tag", "tag": "Not a word"}, "tag"),
        ("stage", {}, "stage"),
        ("stage", {"stage": None}, "stage"),
        ("stage", {"stage": "sold"}, "stage"),
        ("follow-up", {}, "on"),
        ("follow-up", {"on": "2026-02-30"}, "on"),
        ("follow-up", {"on": "2020-01-01"}, "on"),
        ("outcome", {}, "outcome"),
        ("outcome", {"outcome": "sold"}, "outcome"),
        ("agent", {}, "user_id"),
        ("agent", {"user_id": "usr_none"}, "user_id"),
        ("agent", {"user_id": "not an id"}, "user_id"),
    ],
)
def test_WRK_3_an_invalid_activity_is_422_and_names_its_field(
    work_api: WorkApi, path: str, body: dict[str, Any], field: str | None
) -> None:
    caller = work_api.caller(MANAGER.id)
    reply = (caller.post if path == "activities" else caller.put)(f"{ONE}/{path}", body)
    assert reply.status == 422
    fields = [item["field"] for item in reply.json["error"]["fields"]]
    assert fields == ([field] if field else ["*"])
    assert actions() == ["assigned"]


def test_WRK_3_an_incomplete_activity_names_the_missing_field(work_api: WorkApi) -> None:
    reply = work_api.caller().post(f"{ONE}/activities", {"kind": "call"})
    (field_error,) = reply.json["error"]["fields"]
    assert (field_error["code"], field_error["message"]) == ("required", "A call needs: direction, result.")


@pytest.mark.parametrize(("method", "path", "body"), WORK)
def test_ACC_4_a_user_who_cannot_see_a_lead_cannot_work_it(
    work_api: WorkApi, method: str, path: str, body: dict[str, Any]
) -> None:
    for user_id in ("usr_2", "usr_outsider"):
        caller = work_api.caller(user_id)
        absent = caller(method, path.replace("lead_1", "lead_none"), body)
        reply = caller(method, path, body)
        assert (reply.status, reply.text) == (404, absent.text)
    work_api.api.user(Role.MANAGER, "prj_1", user_id="usr_reader", withdrawn=(Permission.LEADS_WORK,))
    assert work_api.caller("usr_reader")(method, path, body).status == 403
    assert work_api.api.stranger()(method, path, body).status == 401
    assert actions() == ["assigned"]


def test_WRK_2_only_permitted_users_assign(work_api: WorkApi) -> None:
    body = {"user_id": "usr_2"}
    assert work_api.caller().put(f"{ONE}/agent", body).status == 403
    assert work_api.caller("usr_outsider").put(f"{ONE}/agent", body).status == 404
    reply = work_api.caller(MANAGER.id).put(f"{ONE}/agent", body)
    assert (reply.status, reply.json["agent_id"], reply.json["worklist"]) == (200, "usr_2", "open")
    assert work_api.caller().get(ONE).status == 404
    assert work_api.caller("usr_2").get(ONE).status == 200
    back = work_api.caller(MANAGER.id).put(f"{ONE}/agent", {"user_id": None})
    assert (back.json["agent_id"], back.json["worklist"], "retires_at" in back.json) == (
        None, "unassigned", False,
    )  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), WORK)
def test_RET_14_from_its_end_on_a_lead_cannot_be_worked(
    work_api: WorkApi, method: str, path: str, body: dict[str, Any]
) -> None:
    work_api.set_now(NOW + 10 * DAY)
    reply = work_api.caller()(method, path, body)
    assert (reply.status, reply.code) == (409, "erased")


def test_RET_12_an_outcome_that_moves_the_deadline_takes_two_calls(work_api: WorkApi) -> None:
    change_project_settings(outcomes=(OutcomeRule("won", 60), OutcomeRule("lost")))
    path = f"{ONE}/outcome"
    first_reply = work_api.caller().put(path, {"outcome": "won"})
    assert (first_reply.status, first_reply.code) == (409, "confirmation_required")
    assert first_reply.json["effect"]["due_at"] == iso(NOW + 60 * DAY)
    confirmed = {"outcome": "won", "confirm": first_reply.json["confirm"]}
    foreign = work_api.caller(MANAGER.id).put(path, confirmed)
    assert foreign.status == 409
    assert work_api.caller().put(path, confirmed | {"outcome": "lost"}).json["outcome"] == "lost"
    first_reply = work_api.caller().put(path, {"outcome": "won"})
    confirmed = {"outcome": "won", "confirm": first_reply.json["confirm"]}
    for _ in range(2):
        reply = work_api.caller().put(path, confirmed)
        assert reply.status == 200
        assert (reply.json["outcome"], reply.json["worklist"]) == ("won", "closed")
        assert reply.json["retention"]["origin"] == "outcome"
        assert reply.json["retention"]["erase_at"] == iso(NOW + 60 * DAY)
    work_api.set_now(NOW + 600)
    late = work_api.caller().put(path, {"outcome": None}).json["confirm"]
    work_api.set_now(NOW + 1200)
    expired = work_api.caller().put(path, {"outcome": None, "confirm": late})
    assert (expired.status, expired.code) == (409, "confirmation_expired")


def test_WRK_10_a_retired_lead_is_hidden_from_its_agent_and_names_them(work_api: WorkApi) -> None:
    change_project_settings(inactivity="PT1M")
    run_retirement(NOW + 60)
    assert work_api.caller().get(ONE).status == 404
    lead = work_api.caller(MANAGER.id).get(ONE).json
    assert (lead["worklist"], lead["retired_at"], lead["retired_from"]) == (
        "retired",
        iso(NOW + 60),
        AGENT.id,
    )
    assert lead["person"]["first_name"] == "Ada"
    for method, path, body in WORK:
        reply = work_api.caller(MANAGER.id)(method, path, body)
        assert (reply.status, reply.code) == (409, "retired")
    work_api.set_now(NOW + 90)
    repeated = work_api.caller(MANAGER.id).put(f"{ONE}/agent", {"user_id": AGENT.id}).json
    assert (repeated["last_activity_at"], repeated["retires_at"]) == (iso(NOW + 90), iso(NOW + 150))
    assert "retired_at" not in repeated
    kinds = [entry["kind"] for entry in work_api.caller().get(ONE).json["history"]]
    assert kinds == ["received", "assigned", "retired", "reassigned"]


def test_PRI_12_a_call_with_do_not_call_shows_the_lead_as_blocked(work_api: WorkApi) -> None:
    body = {"kind": "call", "direction": "outgoing", "result": "answered", "do_not_call": True}
    assert work_api.caller().post(f"{ONE}/activities", body).status == 201
    assert work_api.caller().get(ONE).json["blocked_at"] == iso(NOW)
    (block,) = work_api.caller(MANAGER.id).get("/v1/blocks?project=prj_1").json["items"]
    assert (block["project_id"], block["masked"], block["reason"]) == (
        "prj_1", "…47", "asked_not_to_be_called",
    )  # fmt: skip
    assert (block["number"], block["until"]) == (None, None)
    repeated = work_api.caller().post(f"{ONE}/activities", body | {"do_not_call": False})
    assert repeated.status == 201


@pytest.mark.parametrize(
    ("period", "status"),
    [
        ("PT1M", 200),
        ("P365D", 200),
        (None, 200),
        ("PT59S", 422),
        ("P366D", 422),
        ("P365DT1S", 422),
        ("a", 422),
    ],
)
def test_WRK_6_the_period_has_limits(work_api: WorkApi, period: str | None, status: int) -> None:
    change = {"version": 1, "inactivity": period}
    manager = work_api.caller(MANAGER.id)
    if status == 422:
        reply = manager.patch("/v1/projects/prj_1", change)
        assert reply.status == status
        assert [field["field"] for field in reply.json["error"]["fields"]] == ["inactivity"]
        return
    assert confirmed_post(manager, "PATCH", "/v1/projects/prj_1", change).status == status
    lead = work_api.caller().get(ONE).json
    seconds = {"PT1M": 60, "P365D": 365 * DAY}.get(period or "")
    expected = None if period in (None, "P365D") else iso(NOW + (seconds or 0))
    assert lead.get("retires_at") == expected, "a person gone after ten days retires no more after a year"


def test_WRK_6_agents_see_the_period_and_cannot_change_it(work_api: WorkApi) -> None:
    agent = work_api.caller()
    assert agent.get("/v1/projects/prj_1").json["inactivity"] == "P14D"
    assert agent.patch("/v1/projects/prj_1", {"version": 1, "inactivity": "PT1M"}).status == 403
    work_api.api.user(Role.MANAGER, "prj_1", user_id="usr_limited", withdrawn=(Permission.PROJECTS_MANAGE,))
    limited = work_api.caller("usr_limited")
    assert limited.patch("/v1/projects/prj_1", {"version": 1, "inactivity": "PT1M"}).status == 403
    outsider = work_api.caller("usr_outsider")
    assert outsider.patch("/v1/projects/prj_1", {"version": 1, "inactivity": "PT1M"}).status == 404
    assert agent.get("/v1/projects/prj_1").json["inactivity"] == "P14D"
