"""A project's working hours: lists, sweep, forecast, preview and confirmation agree about them (WRK-6a, USE-U5)."""

from typing import Any

import pytest

from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso, local_day, parse_instant
from chalicelib.jobs.usecases.run_steps import advance
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.restore_retired import restore_retired
from tests.factories.configuration import confirmed_post
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    confirmed,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.factories.work import (
    HOUR,
    change_project_settings,
    create_activity,
    create_assigned_lead,
    managed_leads,
    own_leads,
    run_jobs,
    run_retirement,
)
from tests.harness.faults import metered
from tests.work.test_api_work import ONE, WorkApi, work_api

__all__ = ["work_api"]
PROJECT = "/v1/projects/prj_1"
OFFICE = "mon-fri 09:00-17:00"
FRIDAY = parse_instant("2027-01-15T15:00:00Z")
MONDAY = parse_instant("2027-01-18T09:00:00Z")


@pytest.fixture
def office(aws: None) -> None:
    """A project whose leads retire after four hours of work, and an agent's lead of Friday afternoon."""
    create_organisation(Policy(100))
    create_manager()
    change_project_settings(inactivity="PT4H", working_hours=OFFICE)
    create_assigned_lead(now=FRIDAY)


def test_WRK_6a_a_weekend_does_not_retire_a_lead(office: None) -> None:
    retires = MONDAY + 2 * HOUR
    for now in (FRIDAY + 4 * HOUR, FRIDAY + 2 * DAY, MONDAY, retires - 1):
        assert run_retirement(now).retired == 0
    sweep = run_retirement(retires)
    assert (sweep.retired, sweep.oldest_overdue_s) == (1, 0)
    assert facts_of("lead_1", retires).retired_at == retires


def test_WRK_6a_without_hours_the_clock_always_runs(office: None) -> None:
    change_project_settings(working_hours=None)
    assert run_retirement(FRIDAY + 4 * HOUR - 1).retired == 0
    assert run_retirement(FRIDAY + 4 * HOUR).retired == 1


def test_WRK_6a_the_hours_are_those_of_the_project_s_zone(office: None) -> None:
    change_project_settings(zone="America/Los_Angeles")
    eight_hours_later = (
        FRIDAY + 6 * HOUR
    )  # seven o'clock there: work begins at nine, and four hours later is one
    assert run_retirement(eight_hours_later - 1).retired == 0
    assert run_retirement(eight_hours_later).retired == 1


def test_WRK_6a_an_activity_at_the_weekend_gives_the_whole_period(office: None) -> None:
    create_activity(now=FRIDAY + DAY)
    assert run_retirement(MONDAY + 4 * HOUR - 1).retired == 0
    assert run_retirement(MONDAY + 4 * HOUR).retired == 1


def test_WRK_6a_a_legal_hold_ends_when_it_ends(office: None) -> None:
    place_legal_hold(MANAGER, "lead_1", "dispute", MONDAY + 12 * HOUR, FRIDAY)
    assert run_retirement(MONDAY + 12 * HOUR - 1).retired == 0
    assert run_retirement(MONDAY + 12 * HOUR).retired == 1


def test_WRK_12_the_warning_runs_in_working_hours_too(office: None) -> None:
    ends = MONDAY + 2 * HOUR
    assert own_leads("at_risk", now=FRIDAY + 2 * HOUR + 1) == [], "a quarter is one hour of work"
    assert own_leads("at_risk", now=ends - HOUR - 1) == []
    assert own_leads("at_risk", now=ends - HOUR) == ["lead_1"]
    change_project_settings(warning="PT2H")
    assert own_leads("at_risk", now=FRIDAY + 2 * HOUR - 1) == []
    for now in (FRIDAY + 2 * HOUR, FRIDAY + 2 * DAY, MONDAY, ends - 1):
        assert own_leads("at_risk", now=now) == managed_leads("at_risk", now=now) == ["lead_1"]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_WRK_13_the_forecast_in_working_hours_comes_true(office: None, zone: str) -> None:
    change_project_settings(
        zone=zone, inactivity="PT20H", working_hours="mon-thu 08:00-12:00, sat 22:00-24:00"
    )
    for number in range(2, 9):
        now = FRIDAY + number * 7 * HOUR
        create_assigned_lead(f"lead_{number}", now=now, phone=f"202-555-01{number:02d}")
    now = FRIDAY + 3 * DAY
    work = advance(forecast_retirements(MANAGER, "prj_1", 14, now), 1000, now)
    happened: dict[str, int] = {}
    for hour in range(now, now + 14 * DAY + 1, HOUR):
        if retired := run_retirement(hour).retired:
            day = local_day(hour, zone)
            happened[day] = happened.get(day, 0) + retired
    assert work.tally == {AGENT.id: happened}
    assert sum(happened.values()) == 8


def test_WRK_9_the_sweep_reads_only_what_is_overdue(office: None) -> None:
    for number in range(2, 5):
        create_assigned_lead(f"lead_{number}", now=FRIDAY + number, phone=f"202-555-01{number:02d}")
    with metered() as quiet:
        assert run_retirement(MONDAY + 2 * HOUR - 1).examined == 0
    with metered() as busy:
        assert run_retirement(MONDAY + 2 * HOUR).examined == 1
    assert quiet.operations["BatchGetItem"] < busy.operations["BatchGetItem"]


def test_WRK_6_what_the_wrong_hours_retired_goes_back(office: None) -> None:
    change_project_settings(working_hours=None)
    swept = FRIDAY + 5 * HOUR
    assert run_retirement(swept).retired == 1
    change_project_settings(working_hours=OFFICE)
    confirmed(lambda given: restore_retired(MANAGER, "prj_1", swept, given, swept + 60))
    run_jobs(swept + 60)
    run_jobs(swept + 90)
    assert own_leads(now=swept + 90) == ["lead_1"]


# over HTTP: NOW is a Friday, 08:00 UTC


def test_WRK_6a_hours_are_confirmed_and_shown(work_api: WorkApi) -> None:
    manager, body = work_api.caller(MANAGER.id), {"version": 1, "working_hours": "Mon-Fri 09:00-17:00"}
    first = manager.patch(PROJECT, body)
    assert (first.status, first.code) == (409, "confirmation_required")
    assert first.json["effect"] == {
        "summary": (
            "Leads are retired after P14D of working hours (mon-fri 09:00-17:00) without activity "
            "(before: after P14D). That is at least 57 days and 8 hours. Now 0 retire, within a day 0."
        ),
        "inactivity": "P14D",
        "inactivity_before": "P14D",
        "working_hours": OFFICE,
        "working_hours_before": None,
        "retire_now": 0,
        "retire_within_a_day": 0,
        "complete": True,
    }
    replies = [manager.patch(PROJECT, body | {"confirm": first.json["confirm"]}) for _ in range(2)]
    assert [(reply.status, reply.json["working_hours"]) for reply in replies] == [(200, OFFICE)] * 2
    assert work_api.caller().get(PROJECT).json["working_hours"] == OFFICE


def test_WRK_6a_removing_hours_says_what_it_retires(work_api: WorkApi) -> None:
    change_project_settings(inactivity="PT4H", working_hours=OFFICE)
    work_api.set_now(NOW + 4 * HOUR)
    manager = work_api.caller(MANAGER.id)
    assert work_api.caller().get(ONE).json["retires_at"] == iso(NOW + 5 * HOUR)
    effect = manager.patch(PROJECT, {"version": 2, "working_hours": None}).json["effect"]
    assert (effect["retire_now"], effect["working_hours"], effect["working_hours_before"]) == (
        1,
        None,
        OFFICE,
    )
    assert "(before: after PT4H of working hours (mon-fri 09:00-17:00))" in effect["summary"]
    assert run_retirement(NOW + 4 * HOUR).retired == 0
    changed = confirmed_post(manager, "PATCH", PROJECT, {"version": 2, "working_hours": None})
    assert changed.json["working_hours"] is None
    assert run_retirement(NOW + 4 * HOUR).retired == effect["retire_now"]


@pytest.mark.parametrize(
    ("stored", "change", "status"),
    [
        ({}, {"working_hours": OFFICE}, 409),
        ({"working_hours": OFFICE}, {"working_hours": "fri 09:00-17:00, mon-thu 09:00-17:00"}, 200),
        ({"working_hours": OFFICE}, {"working_hours": "mon-sat 09:00-17:00"}, 409),
        ({"working_hours": OFFICE}, {"zone": "Asia/Tokyo"}, 409),
        ({"working_hours": OFFICE}, {"inactivity": "P7D"}, 409),
        ({"working_hours": OFFICE}, {"inactivity": None}, 409),
        ({"working_hours": OFFICE}, {"name": "Cars", "warning": "P1D"}, 200),
        ({}, {"zone": "Asia/Tokyo"}, 200),
        ({"inactivity": None}, {"working_hours": OFFICE, "zone": "Asia/Tokyo"}, 200),
    ],
)
def test_WRK_6a_what_moves_a_retirement_is_confirmed(
    work_api: WorkApi, stored: dict[str, Any], change: dict[str, Any], status: int
) -> None:
    version = change_project_settings(**stored).version
    reply = work_api.caller(MANAGER.id).patch(PROJECT, {"version": version, **change})
    assert reply.status == status


@pytest.mark.parametrize(
    ("setting", "field", "code"),
    [
        ({"working_hours": ""}, "working_hours", "working_hours"),
        ({"working_hours": "mon-fri"}, "working_hours", "working_hours"),
        ({"working_hours": "mon 09:00-17:00, mon 10:00-11:00"}, "working_hours", "working_hours"),
        ({"working_hours": "always"}, "working_hours", "working_hours"),
        ({"working_hours": 40}, "working_hours", "type"),
        ({"working_hours": "mon 09:00-10:00"}, "inactivity", "out_of_range"),
        ({"working_hours": OFFICE, "inactivity": "P87D"}, "inactivity", "out_of_range"),
        ({"working_hours": OFFICE, "inactivity": "P366D"}, "inactivity", "out_of_range"),
        ({"working_hours": OFFICE, "inactivity": "PT8H", "warning": "PT8H"}, "warning", "too_large"),
    ],
)
def test_WRK_6a_unclear_hours_and_endless_periods_are_refused(
    work_api: WorkApi, setting: dict[str, Any], field: str, code: str
) -> None:
    reply = work_api.caller(MANAGER.id).patch(PROJECT, {"version": 1, **setting})
    assert reply.status == 422
    assert [(item["field"], item["code"]) for item in reply.json["error"]["fields"]] == [(field, code)]
    stored = configuration.get(Project, "prj_1", NOW)
    assert stored is not None
    assert stored.working_hours is None


def test_WRK_6a_the_longest_period_lasts_a_year(work_api: WorkApi) -> None:
    body = {"version": 1, "working_hours": OFFICE, "inactivity": "P86D"}
    assert work_api.caller(MANAGER.id).patch(PROJECT, body).status == 409


def test_WRK_6a_the_forecast_previews_hours(work_api: WorkApi) -> None:
    manager, path = work_api.caller(MANAGER.id), f"{PROJECT}/retirement-forecast?days=3&inactivity=PT9H"
    day = {"agent_id": AGENT.id, "retiring": 1}
    assert manager.get(path).json["days"] == [{"date": "2027-01-15", **day}]
    hours = "&working_hours=mon-fri%2009:00-17:00"
    assert manager.get(path + hours).json["days"] == []
    assert manager.get(path.replace("=3", "=4") + hours).json["days"] == [{"date": "2027-01-18", **day}]
    change_project_settings(working_hours=OFFICE)
    assert manager.get(path).json["days"] == []
    assert manager.get(f"{path}&working_hours=off").json["days"] == [{"date": "2027-01-15", **day}]
    for bad in ("always", "", "mon"):
        assert manager.get(f"{path}&working_hours={bad}").status == 422
    assert manager.get(PROJECT).json["working_hours"] == OFFICE


def test_WRK_6a_the_ledger_shows_the_change(work_api: WorkApi) -> None:
    confirmed_post(
        work_api.caller(MANAGER.id),
        "PATCH",
        PROJECT,
        {"version": 1, "working_hours": OFFICE, "inactivity": "P2D"},
    )
    shown = work_api.api.user(Role.ADMIN, user_id="usr_admin").get("/v1/changes?subject=project/prj_1")
    fields = {field["name"]: field for item in shown.json["items"] for field in item["fields"]}
    assert fields["working_hours"] == {"name": "working_hours", "to": OFFICE}
