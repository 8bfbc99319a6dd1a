"""Every end and every start is a day or an instant, read alike wherever it is given (USE-U10)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib import clock
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S, iso, utc_day
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Organisation, Project
from tests.factories.imports import create_bucket, get_block, run_file
from tests.factories.leads import NOW, create_organisation, facts_of
from tests.factories.work import (
    change_project_settings,
    create_assigned_lead,
    history,
    run_jobs,
    run_retirement,
)
from tests.harness.api import ApiHarness, Caller, Reply, add_item

PHONE = "+12025550190"
ZONES = ("UTC", "America/Los_Angeles", "Asia/Tokyo", "Asia/Kathmandu")
DAY = utc_day(NOW + 3 * DAY_S)
Send = Callable[[Caller, str], Reply]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


@pytest.fixture
def admin(api: ApiHarness, now: int) -> Caller:
    create_organisation(Policy(10))
    create_assigned_lead()
    return api.user(Role.ADMIN, user_id="usr_admin")


def midnight(day: str, zone: str, later: int = 0) -> str:
    """Return the first second of a day, or of one later, in a zone, as the API shows it."""
    at = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) + timedelta(days=later)
    return iso(int(at.timestamp()))


def in_zone(project: str, organisation: str | None = None) -> None:
    """Set the zone of the project and of the organisation, as if ten seconds ago."""
    change_project_settings(zone=project)
    add_item(Organisation(version=1, zone=organisation or project))
    configuration.clear_cache()


def at(instant: int, api: ApiHarness, patch: pytest.MonkeyPatch) -> Caller:
    """Move the clock, and return the admin with a token of that time."""
    patch.setattr(clock, "now", lambda: instant)
    return api.bearer(api.signer.token("usr_admin"))


def confirmed(send: Callable[[dict[str, Any]], Reply]) -> Reply:
    first = send({})
    assert first.status == 409, first.text
    return send({"confirm": first.json["confirm"]})


def new_block(caller: Caller, until: str, project_id: str | None = "prj_1") -> Reply:
    return caller.post("/v1/blocks", {"phone": PHONE, "project_id": project_id, "until": until})


def block_for_all(caller: Caller, until: str) -> Reply:
    return new_block(caller, until, None)


def changed_block(caller: Caller, until: str) -> Reply:
    created = caller.post("/v1/blocks", {"phone": PHONE, "project_id": "prj_1"}).json
    return caller.patch(f"/v1/blocks/{created['id']}", {"version": 1, "until": until})


def changed_block_for_all(caller: Caller, until: str) -> Reply:
    created = caller.post("/v1/blocks", {"phone": PHONE, "project_id": None}).json
    return caller.patch(f"/v1/blocks/{created['id']}", {"version": 1, "until": until})


def hold(caller: Caller, until: str) -> Reply:
    return caller.put("/v1/leads/lead_1/hold", {"ground": "dispute", "until": until})


def retention(caller: Caller, until: str) -> Reply:
    body = {"until": until}
    reply = caller.put("/v1/leads/lead_1/retention", body)
    if reply.status != 409:
        return reply
    return caller.put("/v1/leads/lead_1/retention", {**body, "confirm": reply.json["confirm"]})


ENDS: dict[str, tuple[Send, Callable[[Any], Any]]] = {
    "block": (new_block, lambda shown: shown["until"]),
    "block_for_all": (block_for_all, lambda shown: shown["until"]),
    "changed_block": (changed_block, lambda shown: shown["until"]),
    "changed_block_for_all": (changed_block_for_all, lambda shown: shown["until"]),
    "hold": (hold, lambda shown: shown["retention"]["hold"]["until"]),
    "retention": (retention, lambda shown: shown["retention"]["due_at"]),
}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", ENDS)
def test_USE_U10_a_day_as_an_end_is_included_in_the_zone_of_its_project(
    admin: Caller, name: str, zone: str
) -> None:
    in_zone(zone)
    send, end_in = ENDS[name]

    reply = send(admin, DAY)

    assert reply.status in (200, 201), reply.text
    assert end_in(reply.json) == midnight(DAY, zone, 1)


@pytest.mark.parametrize("name", ENDS)
def test_USE_U10_an_instant_as_an_end_is_that_second_in_any_zone(admin: Caller, name: str) -> None:
    in_zone("Asia/Tokyo")
    send, end_in = ENDS[name]

    assert end_in(send(admin, f"{DAY}T12:00:00+01:00").json) == f"{DAY}T11:00:00Z"


@pytest.mark.parametrize("zone", ZONES)
def test_USE_U10_a_file_of_blocks_ends_on_the_same_second_as_the_api(
    admin: Caller, now: int, zone: str
) -> None:
    in_zone(zone)
    create_bucket()
    by_hand = new_block(admin, DAY).json["until"]

    run_file(f"+12025550191,{DAY}\n", now=now)
    run_file(f"+12025550192,{DAY}\n", scope="*", now=now)

    ends = [get_block("+12025550191"), get_block("+12025550192", "*")]
    assert [block and block.until and iso(block.until) for block in ends] == [by_hand, by_hand]


def test_USE_U10_a_block_for_all_ends_with_the_day_of_the_organisation(admin: Caller) -> None:
    in_zone("Asia/Tokyo", "America/Los_Angeles")

    ends = [new_block(admin, DAY, project).json["until"] for project in ("prj_1", None)]

    assert ends == [midnight(DAY, "Asia/Tokyo", 1), midnight(DAY, "America/Los_Angeles", 1)]


def test_USE_U10_the_project_of_the_thing_counts_not_another_one(admin: Caller) -> None:
    add_item(Project(id="prj_2", version=1, name="Cars", zone="Asia/Tokyo"))

    assert [new_block(admin, DAY, project).json["until"] for project in ("prj_1", "prj_2")] == [
        midnight(DAY, "UTC", 1),
        midnight(DAY, "Asia/Tokyo", 1),
    ]


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize(
    "text", ["2027-01-18T12:00:00", "18/01/2027", "20270118", "2027-02-30", "9999-12-31", "tomorrow", ""]
)
def test_USE_U10_an_error_says_that_a_day_and_an_instant_are_possible(
    admin: Caller, name: str, text: str
) -> None:
    reply = ENDS[name][0](admin, text)

    assert reply.status == 422
    assert reply.json["error"]["fields"] == [
        {
            "field": "until",
            "code": "instant",
            "message": "Must be a day such as 2026-11-21, or an instant with a zone such as 2026-11-21T08:30:00Z.",
        }
    ]


@pytest.mark.parametrize("name", ENDS)
def test_USE_U10_today_is_a_possible_end_and_yesterday_is_not(admin: Caller, name: str) -> None:
    in_zone("America/Los_Angeles")  # it is the first second of 15 January there
    send, _ = ENDS[name]

    assert send(admin, "2027-01-14").status == 422
    assert send(admin, "2027-01-15").status in (200, 201)


def test_USE_U10_the_effect_of_a_day_names_its_instant(admin: Caller) -> None:
    in_zone("America/Los_Angeles")

    effect = admin.put("/v1/leads/lead_1/retention", {"until": DAY}).json["effect"]

    assert effect["due_at"] == midnight(DAY, "America/Los_Angeles", 1)


# starts


def logged(caller: Caller, at: str) -> Reply:
    body = {"kind": "call", "direction": "outgoing", "result": "answered", "at": at}
    return caller.post("/v1/leads/lead_1/activities", body)


@pytest.mark.parametrize("zone", ZONES)
def test_USE_U10_a_day_as_a_start_is_its_first_second(
    admin: Caller, api: ApiHarness, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    in_zone(zone)
    later = NOW + 4 * DAY_S

    assert logged(at(later, api, monkeypatch), DAY).status == 201

    assert history(now=later)[-1][1]["called_at"] == midnight(DAY, zone)


def test_USE_U10_a_call_on_the_day_of_the_lead_is_not_before_the_lead(admin: Caller) -> None:
    assert logged(admin, utc_day(NOW)).status == 201
    assert history()[-1][1]["called_at"] == iso(facts_of("lead_1").received_at)
    for day in (utc_day(NOW - DAY_S), utc_day(NOW + DAY_S)):
        assert logged(admin, day).json["error"]["fields"][0]["code"] == "out_of_range"


def test_USE_U10_leads_retired_since_a_day_are_given_back(
    admin: Caller, api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_zone("America/Los_Angeles")
    change_project_settings(inactivity="PT1M")
    assert run_retirement(NOW + 3600).retired == 1
    change_project_settings(inactivity="P14D")
    caller = at(NOW + 7200, api, monkeypatch)

    def restore(more: dict[str, Any], since: str = "2027-01-15") -> Reply:
        return caller.post("/v1/projects/prj_1/retired/restore", {"since": since, **more})

    assert restore({}, "2027-01-14").json["error"]["fields"][0]["code"] == "out_of_range"
    assert confirmed(restore).status == 202
    for second in (0, 30):
        run_jobs(NOW + 7200 + second)
    assert facts_of("lead_1", NOW + 7200).retired_at is None
