"""Lists of leads to work and to manage, over the API (WRK-4, WRK-5, WRK-10 … WRK-13, WRK-15)."""

from typing import Any

import pytest

from chalicelib.core.access import Permission, Role
from chalicelib.core.times import iso, local_day
from chalicelib.jobs.usecases import run_steps
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases import search_contact
from tests.factories.leads import AGENT, DAY, LEAD, MANAGER, NOW, create_lead, facts_of
from tests.factories.work import (
    actions,
    change_project_settings,
    create_activity,
    create_assigned_lead,
    run_jobs,
    run_retirement,
)
from tests.harness.api import Caller
from tests.harness.faults import metered
from tests.work.test_api_work import WorkApi, work_api

__all__ = ["work_api"]
PROJECT = "/v1/projects/prj_1"
MANAGED = ("retired", "unassigned", "at-risk")


def all_items(caller: Caller, path: str) -> list[str]:
    """Follow a list's cursors to its end."""
    seen: list[str] = []
    cursor = ""
    for _ in range(30):
        page = caller.get(path + cursor).json
        seen += [lead["lead_id"] for lead in page["items"]]
        if page["next"] is None:
            return seen
        cursor = f"&cursor={page['next']}"
    raise AssertionError("the list has no end")


def test_WRK_5_my_leads_come_in_pages_without_persons_by_default(work_api: WorkApi) -> None:
    for number in range(2, 6):
        create_assigned_lead(f"lead_{number}", now=NOW - number)
    create_activity(now=NOW + 60)
    work_api.set_now(NOW + 100)
    agent = work_api.caller()
    assert all_items(agent, "/v1/worklist?limit=2") == ["lead_5", "lead_4", "lead_3", "lead_2", "lead_1"]
    (lead,) = agent.get("/v1/worklist?limit=1").json["items"]
    assert (lead["worklist"], lead["last_activity_at"], lead["follow_up_on"]) == ("open", iso(NOW - 5), None)
    assert "person" not in lead
    assert "history" not in lead
    (shown,) = agent.get("/v1/worklist?limit=1&person=true").json["items"]
    assert shown["person"]["first_name"] == "Ada"
    assert ledger.list_subject("lead/lead_5", NOW)[-1].through == "list"
    assert work_api.caller("usr_2").get("/v1/worklist").json == {"items": [], "next": None}


def test_WRK_5_each_lead_shows_when_it_would_retire_if_ever(work_api: WorkApi) -> None:
    change_project_settings(inactivity="P2D")
    (lead,) = work_api.caller().get("/v1/worklist").json["items"]
    assert lead["retires_at"] == iso(NOW + 2 * DAY)
    change_project_settings(inactivity=None)
    (lead,) = work_api.caller().get("/v1/worklist").json["items"]
    assert "retires_at" not in lead


@pytest.mark.parametrize("show", ["all", "follow_ups", "at_risk", "closed"])
def test_WRK_5_a_cursor_is_for_its_own_list_and_user(work_api: WorkApi, show: str) -> None:
    change_project_settings(inactivity="P1D")
    for number in range(2, 5):
        create_assigned_lead(f"lead_{number}", now=NOW)
    agent = work_api.caller()
    for number in range(1, 5):
        path = f"/v1/leads/lead_{number}"
        agent.put(f"{path}/follow-up", {"on": local_day(NOW, "UTC")})
        if show == "closed":
            agent.put(f"{path}/outcome", {"outcome": "lost"})
    if show == "at_risk":
        work_api.set_now(NOW + DAY - 60)
        agent = work_api.caller()
    path = f"/v1/worklist?show={show}&limit=2"
    assert sorted(all_items(agent, path)) == ["lead_1", "lead_2", "lead_3", "lead_4"]
    token = agent.get(path).json["next"]
    other = "all" if show != "all" else "closed"
    for reply in (
        work_api.caller("usr_2").get(f"{path}&cursor={token}"),
        agent.get(f"/v1/worklist?show={other}&limit=2&cursor={token}"),
        agent.get(f"{path}&cursor=x{token}"),
    ):
        assert (reply.status, reply.code) == (400, "cursor_invalid")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/worklist?show=mine", "show"),
        ("/v1/worklist?limit=0", "limit"),
        ("/v1/worklist?limit=201", "limit"),
        ("/v1/worklist?agent=usr_2", "agent"),
        (f"{PROJECT}/retired?show=all", "show"),
        (f"{PROJECT}/retirement-forecast?days=0", "days"),
        (f"{PROJECT}/retirement-forecast?days=367", "days"),
    ],
)
def test_WRK_5_an_invalid_list_query_is_422(work_api: WorkApi, path: str, field: str) -> None:
    reply = work_api.caller(MANAGER.id).get(path)
    assert reply.status == 422
    assert [item["field"] for item in reply.json["error"]["fields"]] == [field]


@pytest.mark.parametrize("show", [*MANAGED, "retirement-forecast"])
def test_WRK_10_manager_lists_are_for_managers_of_the_project(work_api: WorkApi, show: str) -> None:
    path = f"{PROJECT}/{show}"
    assert work_api.caller(MANAGER.id).get(path).status == 200
    assert work_api.caller().get(path).status == 403
    outsider, absent = (
        work_api.caller("usr_outsider").get(path),
        work_api.caller(MANAGER.id).get(f"/v1/projects/x/{show}"),
    )
    assert (outsider.status, absent.status) == (404, 404)
    work_api.api.user(Role.MANAGER, "prj_1", user_id="usr_limited", withdrawn=(Permission.LEADS_ASSIGN,))
    assert work_api.caller("usr_limited").get(path).status == 403
    assert work_api.api.stranger().get(path).status == 401
    admin = work_api.api.user(Role.ADMIN)
    assert (admin.get(path).status, admin.get(f"/v1/projects/x/{show}").status) == (200, 404)


@pytest.mark.parametrize("show", [*MANAGED, "held"])
def test_ACC_3_without_leads_read_a_manager_list_is_empty(work_api: WorkApi, show: str) -> None:
    work_api.api.user(Role.MANAGER, "prj_1", user_id="usr_blind", withdrawn=(Permission.LEADS_READ,))
    blind = work_api.caller("usr_blind")
    for query in ("", "?person=true"):
        reply = blind.get(f"{PROJECT}/{show}{query}")
        assert (reply.status, reply.code) == (403, "forbidden")
    assert blind.get("/v1/leads/lead_1/decision").status == 403
    assert work_api.caller(MANAGER.id).get(f"{PROJECT}/{show}?person=true").status == 200


def test_WRK_10_a_retired_lead_is_on_the_manager_list_with_its_agent(work_api: WorkApi) -> None:
    change_project_settings(inactivity="PT1M")
    create_lead("lead_2", NOW)
    manager = work_api.caller(MANAGER.id)
    work_api.set_now(NOW + 50)
    assert [item["lead_id"] for item in manager.get(f"{PROJECT}/at-risk").json["items"]] == ["lead_1"]
    run_retirement(NOW + 60)
    work_api.set_now(NOW + 61)
    assert manager.get(f"{PROJECT}/at-risk").json["items"] == []
    (lead,) = manager.get(f"{PROJECT}/retired").json["items"]
    assert (lead["lead_id"], lead["retired_at"], lead["retired_from"]) == ("lead_1", iso(NOW + 60), AGENT.id)
    assert [item["lead_id"] for item in manager.get(f"{PROJECT}/unassigned").json["items"]] == ["lead_2"]
    assert work_api.caller().get("/v1/worklist").json["items"] == []
    (full,) = manager.get(f"{PROJECT}/retired?person=true").json["items"]
    assert full["person"]["first_name"] == "Ada"


def test_ACC_8_only_users_who_may_have_leads_are_offered(work_api: WorkApi) -> None:
    api = work_api.api
    api.user(Role.AGENT, "prj_1", user_id="usr_gone", disabled=True)
    api.user(Role.AGENT, "prj_2", user_id="usr_elsewhere")
    api.user(Role.AGENT, "prj_1", user_id="usr_idle", withdrawn=(Permission.LEADS_WORK,))
    api.user(Role.MANAGER, "prj_1", user_id="usr_assigner", withdrawn=(Permission.LEADS_READ,))
    api.user(Role.ADMIN, user_id="usr_admin")
    path = f"{PROJECT}/agents"
    manager = work_api.caller(MANAGER.id)
    reply = manager.get(path)
    assert (reply.status, reply.json["next"]) == (200, None)
    offered = {item["user_id"]: (item["name"], item["role"]) for item in reply.json["items"]}
    assert offered == {
        AGENT.id: ("An agent", "agent"),
        "usr_2": ("An agent", "agent"),
        MANAGER.id: ("A test manager", "manager"),
        "usr_admin": ("A test admin", "admin"),
    }
    assert "@" not in reply.text
    for user_id in (*offered, "usr_gone", "usr_elsewhere", "usr_idle", "usr_assigner", "usr_outsider"):
        values = manager.put("/v1/leads/lead_1/agent", {"user_id": user_id})
        assert values.status == (200 if user_id in offered else 422), user_id
    assert work_api.caller("usr_assigner").get(path).json == reply.json
    assert work_api.caller().get(path).status == 403
    assert [work_api.caller("usr_outsider").get(item).status for item in (path, "/v1/projects/x/agents")] == [
        404,
        404,
    ]


def test_ACC_8_offered_users_come_in_pages(work_api: WorkApi) -> None:
    manager = work_api.caller(MANAGER.id)
    seen, cursor = [], ""
    while True:
        page = manager.get(f"{PROJECT}/agents?limit=1{cursor}").json
        seen += [item["user_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == sorted([AGENT.id, "usr_2", MANAGER.id])


def test_WRK_11_many_leads_are_reassigned_with_a_result_each(work_api: WorkApi) -> None:
    create_lead("lead_2")
    manager = work_api.caller(MANAGER.id)
    body = {"lead_ids": ["lead_1", "lead_none", "lead_2"], "user_id": "usr_2"}
    reply = manager.post(f"{PROJECT}/reassign", body)
    assert reply.status == 200
    assert reply.json == {
        "results": [
            {"lead_id": "lead_1", "ok": True},
            {"lead_id": "lead_none", "ok": False, "error": "not_found"},
            {"lead_id": "lead_2", "ok": True},
        ]
    }
    listed = work_api.caller("usr_2").get("/v1/worklist").json["items"]
    assert sorted(item["lead_id"] for item in listed) == ["lead_1", "lead_2"]
    assert work_api.caller().post(f"{PROJECT}/reassign", body).status == 403
    assert work_api.caller("usr_outsider").post(f"{PROJECT}/reassign", body).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user_id": "usr_2"}, "lead_ids"),
        ({"lead_ids": [], "user_id": "usr_2"}, "lead_ids"),
        ({"lead_ids": [f"lead_{number}" for number in range(101)], "user_id": "usr_2"}, "lead_ids"),
        ({"lead_ids": ["lead_1", "lead_1"], "user_id": "usr_2"}, "lead_ids"),
        ({"lead_ids": ["lead 1"], "user_id": "usr_2"}, "lead_ids.0"),
        ({"lead_ids": ["lead_1"]}, "user_id"),
        ({"lead_ids": ["lead_1"], "user_id": None}, "user_id"),
        ({"lead_ids": ["lead_1"], "user_id": "usr_outsider"}, "user_id"),
    ],
)
def test_WRK_11_an_invalid_reassignment_is_422_and_names_its_field(
    work_api: WorkApi, body: dict[str, Any], field: str
) -> None:
    reply = work_api.caller(MANAGER.id).post(f"{PROJECT}/reassign", body)
    assert reply.status == 422
    assert [item["field"] for item in reply.json["error"]["fields"]] == [field]
    assert actions() == ["assigned"]


def test_WRK_13_the_forecast_is_by_day_and_agent(work_api: WorkApi) -> None:
    change_project_settings(inactivity="P2D", zone="America/Los_Angeles")
    create_assigned_lead("lead_2", "usr_2", NOW - DAY)
    create_assigned_lead("lead_3", "usr_2", NOW - DAY)
    expected = [
        {"date": local_day(NOW + DAY, "America/Los_Angeles"), "agent_id": "usr_2", "retiring": 2},
        {"date": local_day(NOW + 2 * DAY, "America/Los_Angeles"), "agent_id": AGENT.id, "retiring": 1},
    ]
    manager = work_api.caller(MANAGER.id)
    agents = [{"id": "usr_2", "name": "An agent"}, {"id": AGENT.id, "name": "An agent"}]
    both, one = (manager.get(f"{PROJECT}/retirement-forecast{days}").json for days in ("", "?days=1"))
    assert both == {"days": expected, "agents": agents}
    assert one == {"days": expected[:1], "agents": agents[:1]}


def test_WRK_13_a_large_forecast_is_a_job(work_api: WorkApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_steps, "_AT_ONCE", 1)
    change_project_settings(inactivity="P2D")
    manager = work_api.caller(MANAGER.id)
    started = manager.get(f"{PROJECT}/retirement-forecast")
    assert started.status == 202
    assert run_jobs(NOW) == 1
    job = manager.get(f"/v1/jobs/{started.json['job_id']}").json
    day = {"date": local_day(NOW + 2 * DAY, "UTC"), "agent_id": AGENT.id, "retiring": 1}
    agent = {"id": AGENT.id, "name": "An agent"}
    assert (job["kind"], job["state"], job["result"]) == (
        "retirement_forecast",
        "done",
        {"days": [day], "agents": [agent]},
    )
    assert work_api.caller("usr_outsider").get(f"/v1/jobs/{started.json['job_id']}").status == 404


def test_WRK_15_all_leads_of_a_user_move_as_a_job(work_api: WorkApi) -> None:
    create_assigned_lead("lead_2")
    manager = work_api.caller(MANAGER.id)
    started = manager.post(f"/v1/users/{AGENT.id}/reassign", {"user_id": "usr_2"})
    assert started.status == 202
    path = f"/v1/jobs/{started.json['job_id']}"
    assert manager.get(path).json["state"] == "running"
    run_jobs(NOW)
    run_jobs(NOW + 30)
    job = manager.get(path).json
    assert (job["kind"], job["state"], job["result"]) == ("reassign", "done", {"moved": 2})
    assert [facts_of(item).agent_id for item in ("lead_1", "lead_2")] == ["usr_2", "usr_2"]
    assert work_api.caller().post("/v1/users/usr_2/reassign", {"user_id": None}).status == 403
    assert work_api.caller("usr_outsider").post("/v1/users/usr_2/reassign", {"user_id": None}).status == 404
    for body, status in (({}, 422), ({"user_id": "usr_outsider"}, 422), ({"user_id": None}, 202)):
        assert manager.post("/v1/users/usr_2/reassign", body).status == status


def test_ACC_3_an_agent_searches_own_leads_by_contact(work_api: WorkApi) -> None:
    create_lead("lead_2")
    agent, manager = work_api.caller(), work_api.caller(MANAGER.id)
    content = agent.post("/v1/worklist/search", {"phone": LEAD["phone"]}).json
    assert [item["lead_id"] for item in content["items"]] == ["lead_1"]
    assert content["items"][0]["person"]["first_name"] == "Ada"
    of_manager = manager.post("/v1/worklist/search", {"email": LEAD["email"]}).json
    assert {item["lead_id"] for item in of_manager["items"]} == {
        "lead_1", "lead_2",
    }  # fmt: skip
    nobody = agent.post("/v1/worklist/search", {"phone": "202-555-0199"})
    assert nobody.json == {"items": [], "next": None}
    bad = agent.post("/v1/worklist/search", {"phone": "letters"})
    assert (bad.status, [field["field"] for field in bad.json["error"]["fields"]]) == (422, ["phone"])
    page = manager.post("/v1/worklist/search?limit=1", {"phone": LEAD["phone"]}).json
    rest = manager.post(f"/v1/worklist/search?limit=1&cursor={page['next']}", {"phone": LEAD["phone"]}).json
    assert {page["items"][0]["lead_id"], rest["items"][0]["lead_id"]} == {"lead_1", "lead_2"}
    assert work_api.api.stranger().post("/v1/worklist/search", {"phone": LEAD["phone"]}).status == 401


def test_WRK_1_a_search_reads_a_page_of_a_contact_and_not_all_its_leads(
    work_api: WorkApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact of very many leads has few of this agent: a page may be empty and still have a next one."""
    monkeypatch.setattr(search_contact, "_ROUNDS", 2)
    monkeypatch.setattr(search_contact, "_FILTERED_AT_ONCE", 2)
    for number in range(2, 12):
        create_lead(f"lead_{number}", NOW - 20 + number)
    work_api.set_now(NOW + 1)
    agent, found, pages, cursor = work_api.caller(), list[str](), 0, ""
    while pages < 10:
        with metered() as meter:
            page = agent.post(f"/v1/worklist/search?limit=1{cursor}", {"phone": LEAD["phone"]}).json
        assert sum(attempt.tables["leads"] for attempt in meter.attempts) <= 2 * 2
        found, pages = [*found, *(item["lead_id"] for item in page["items"])], pages + 1
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert (found, pages > 1) == (["lead_1"], True)
