"""A changed period of inactivity is confirmed with its effect, and can be undone (WRK-6, USE-U5)."""

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.core.access import Permission
from chalicelib.core.errors import ConfirmationRequired, Forbidden, Invalid, NotFound
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso
from chalicelib.jobs import store as jobs
from chalicelib.leads.store import leads
from chalicelib.work.usecases import preview_retirements
from chalicelib.work.usecases import restore_retired as restoring
from chalicelib.work.usecases.restore_retired import restore_retired
from chalicelib.work.usecases.set_follow_up import set_follow_up
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmation_of,
    confirmed,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.factories.work import (
    HOUR,
    actions,
    change_project_settings,
    changes,
    create_agent,
    create_assigned_lead,
    history,
    managed_leads,
    own_leads,
    run_jobs,
    run_retirement,
    set_disabled,
)
from tests.harness.faults import WRITES, Crash, dying, dying_after, fault, step
from tests.work.test_api_work import WorkApi, work_api

__all__ = ["work_api"]
PROJECT = "/v1/projects/prj_1"
SWEPT = NOW + HOUR
LATER = SWEPT + 60
SETTLED = LATER + 30


@pytest.fixture
def mistaken(aws: None) -> None:
    """Three leads of two agents that a period of one minute retired, and the right period again."""
    create_organisation(Policy())
    create_manager()
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    set_follow_up(AGENT, "lead_1", "2027-03-01", NOW)
    create_assigned_lead("lead_2", "usr_2", NOW + 1, phone="202-555-0148")
    create_assigned_lead("lead_3", now=NOW + 2, phone="202-555-0149")
    change_project_settings(inactivity="PT1M")
    assert run_retirement(SWEPT).retired == 3
    change_project_settings(inactivity="P14D")


def restored(since: int = SWEPT, now: int = LATER, **more: Any) -> str:
    """Give back what was retired since an instant, confirmed, and run the job to its end."""
    job_id = confirmed(lambda given: restore_retired(MANAGER, "prj_1", since, given, now, **more))
    run_jobs(now)
    run_jobs(now + 30)
    return job_id


def effect_of(since: int = SWEPT, now: int = LATER) -> dict[str, Any]:
    """Return the numbers of a restoration that is not confirmed."""
    with pytest.raises(ConfirmationRequired) as caught:
        restore_retired(MANAGER, "prj_1", since, None, now)
    return caught.value.effect.numbers


def test_USE_U5_a_changed_period_says_how_many_it_retires_and_waits(work_api: WorkApi) -> None:
    create_assigned_lead("lead_2", now=NOW - DAY)
    create_assigned_lead("lead_3", now=NOW - 2 * HOUR)
    manager, body = work_api.caller(MANAGER.id), {"version": 1, "inactivity": "PT2H"}
    work_api.set_now(NOW)
    first = manager.patch(PROJECT, body)
    assert (first.status, first.code) == (409, "confirmation_required")
    assert first.json["effect"] == {
        "summary": "Leads are retired after PT2H without activity (before: after P14D). Now 2 retire, within a day 3.",
        "inactivity": "PT2H",
        "inactivity_before": "P14D",
        "retire_now": 2,
        "retire_within_a_day": 3,
        "complete": True,
    }
    assert manager.get(PROJECT).json["inactivity"] == "P14D"
    assert run_retirement(NOW + 60).retired == 0
    confirmed_body = body | {"confirm": first.json["confirm"]}
    replies = [manager.patch(PROJECT, confirmed_body) for _ in range(2)]
    assert [(reply.status, reply.json["inactivity"]) for reply in replies] == [(200, "PT2H")] * 2
    assert run_retirement(NOW).retired == first.json["effect"]["retire_now"]
    assert run_retirement(NOW + DAY).retired == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"inactivity": None}, "not retired any more"),
        ({"inactivity": "P30D"}, "Now 0 retire"),
        ({"inactivity": "P1D", "default_retention": {"days": 30}}, "Existing campaigns keep"),
    ],
)
def test_USE_U5_each_change_of_the_period_is_confirmed(
    work_api: WorkApi, change: dict[str, Any], words: str
) -> None:
    first = work_api.caller(MANAGER.id).patch(PROJECT, {"version": 1, **change})
    assert first.status == 409
    assert words in first.json["effect"]["summary"]
    assert first.json["effect"]["inactivity_before"] == "P14D"


def test_USE_U5_the_same_period_and_other_settings_need_no_confirmation(work_api: WorkApi) -> None:
    manager = work_api.caller(MANAGER.id)
    assert manager.patch(PROJECT, {"version": 1, "inactivity": "P14D", "name": "Cars"}).status == 200


def test_USE_U5_large_counts_are_lower_bounds(work_api: WorkApi, monkeypatch: pytest.MonkeyPatch) -> None:
    create_assigned_lead("lead_2", now=NOW - DAY)
    monkeypatch.setattr(preview_retirements, "_MOST", 1)
    effect = work_api.caller(MANAGER.id).patch(PROJECT, {"version": 1, "inactivity": "PT1M"}).json["effect"]
    assert effect["complete"] is False
    assert "at least 1 retire" in effect["summary"]


def test_USE_U5_the_forecast_previews_another_period(work_api: WorkApi) -> None:
    manager, path = work_api.caller(MANAGER.id), f"{PROJECT}/retirement-forecast?days=2"
    assert manager.get(path).json == {"days": [], "agents": []}
    assert [day["retiring"] for day in manager.get(f"{path}&inactivity=P1D").json["days"]] == [1]
    assert manager.get(f"{path}&inactivity=PT59S").status == 422
    assert manager.get(PROJECT).json["inactivity"] == "P14D"


def test_USE_U5_what_a_change_retired_goes_back_as_it_was(mistaken: None) -> None:
    assert managed_leads("retired", now=LATER) == ["lead_1", "lead_2", "lead_3"]
    assert effect_of() == {"leads": 3, "agents": 2, "stay_retired": 0, "complete": True}
    job_id = restored()
    assert managed_leads("retired", now=SETTLED) == []
    assert own_leads(now=SETTLED) == ["lead_1", "lead_3"]
    facts = facts_of("lead_1")
    assert (facts.agent_id, facts.retired_at, facts.retired_from) == (AGENT.id, None, None)
    assert (facts.last_activity_at, facts.follow_up_on, facts.assigned_at) == (NOW, "2027-03-01", LATER)
    assert history()[-1] == ("restored", {"user_id": AGENT.id})
    assert (actions()[-1], changes()[-1].actor_id) == ("restored", MANAGER.id)
    job = jobs.get(job_id, SETTLED)
    assert job is not None
    assert (job.state, job.work.tally) == ("done", {"leads": {"moved": 3}})


def test_USE_U5_what_the_present_period_would_retire_stays(mistaken: None) -> None:
    change_project_settings(inactivity="PT1M")
    assert effect_of() == {"leads": 0, "agents": 0, "stay_retired": 3, "complete": True}
    change_project_settings(inactivity="PT1H")
    assert effect_of(now=NOW + HOUR + 1)["leads"] == 1, "two of them would retire by now"


def test_USE_U5_an_agent_who_may_not_have_it_gets_none_back(mistaken: None) -> None:
    set_disabled("usr_2")
    assert effect_of()["stay_retired"] == 1
    restored()
    assert managed_leads("retired", now=SETTLED) == ["lead_2"]


def test_USE_U5_leads_that_retired_earlier_stay(mistaken: None) -> None:
    assert effect_of(since=SWEPT + 1)["leads"] == 0
    restored(since=SWEPT + 1)
    assert managed_leads("retired", now=SETTLED) == ["lead_1", "lead_2", "lead_3"]


@pytest.mark.parametrize("since", [SWEPT - DAY - 60, LATER - DAY - 1, LATER + 1])
def test_USE_U5_only_the_last_day_is_given_back(mistaken: None, since: int) -> None:
    with pytest.raises(Invalid):
        restore_retired(MANAGER, "prj_1", since, None, LATER)


def test_USE_U5_only_managers_of_the_project_restore(mistaken: None) -> None:
    with pytest.raises(Forbidden):
        restore_retired(AGENT, "prj_1", SWEPT, None, LATER)
    with pytest.raises(NotFound):
        restore_retired(OUTSIDER, "prj_1", SWEPT, None, LATER)


def test_USE_U5_a_repeat_is_the_same_job_and_a_changed_project_asks_again(mistaken: None) -> None:
    given = confirmation_of(lambda one: restore_retired(MANAGER, "prj_1", SWEPT, one, LATER))
    started = [restore_retired(MANAGER, "prj_1", SWEPT, given, LATER + number) for number in range(2)]
    assert started[0] == started[1]
    assert len(jobs.list_waiting(LATER)) == 1
    change_project_settings(name="Cars")
    with pytest.raises(ConfirmationRequired):
        restore_retired(MANAGER, "prj_1", SWEPT, given, LATER)


@pytest.mark.parametrize("death", [dying, dying_after])
@pytest.mark.parametrize("number", range(1, 9))
def test_USE_U5_a_run_that_dies_gives_each_lead_back_once(mistaken: None, death: Any, number: int) -> None:
    confirmed(lambda given: restore_retired(MANAGER, "prj_1", SWEPT, given, LATER))
    with fault(death, on=WRITES, when=step(number)), suppress(Crash):
        run_jobs(LATER)
    for later in (1_000, 1_031):
        run_jobs(LATER + later)
    assert managed_leads("retired", now=SETTLED + 1_000) == []
    for lead_id in ("lead_1", "lead_2", "lead_3"):
        assert actions(lead_id).count("restored") == 1


def test_USE_U5_older_retired_leads_are_not_read(mistaken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    list_worklist = leads.list_worklist

    def recorded(worklist: str, since: int, *more: Any) -> list[tuple[str, int]]:
        read.append(since)
        return list_worklist(worklist, since, *more)

    monkeypatch.setattr(leads, "list_worklist", recorded)
    restored()
    assert read
    assert min(read) >= SWEPT


def test_USE_U5_over_http_it_is_confirmed_and_answers_a_job(work_api: WorkApi) -> None:
    change_project_settings(inactivity="PT1M")
    run_retirement(SWEPT)
    change_project_settings(inactivity="P14D")
    work_api.set_now(LATER)
    manager, body = work_api.caller(MANAGER.id), {"since": iso(SWEPT)}
    first = manager.post(f"{PROJECT}/retired/restore", body)
    assert (first.status, first.json["effect"]["leads"]) == (409, 1)
    reply = manager.post(f"{PROJECT}/retired/restore", body | {"confirm": first.json["confirm"]})
    assert reply.status == 202
    run_jobs(LATER)
    run_jobs(SETTLED)
    assert manager.get(f"/v1/jobs/{reply.json['job_id']}").json["result"] == {"moved": 1}
    assert restoring.LONGEST_S == DAY
    assert Permission.LEADS_ASSIGN not in AGENT.permissions
