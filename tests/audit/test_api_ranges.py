"""The ledger over a range of days (PRI-28, USE-U10)."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.audit.schemas.audit import AuditQuery
from chalicelib.core import paging
from chalicelib.core.access import Actor, Role
from chalicelib.core.times import DAY_S, ends_at, iso, starts_at, utc_day
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain import kinds
from chalicelib.ledger.domain.entries import Entry, FieldChange
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Organisation
from tests.audit.audit_support import (
    SAM,
    admin,
    all_items,
    create_access,
    create_change,
    insert_entry,
    start_of_day,
)
from tests.harness.api import ApiHarness, Caller, add_item
from tests.harness.faults import metered

__all__ = ["admin"]
CREATED: dict[str, Callable[[str, int, int], Entry]] = {"changes": create_change, "accesses": create_access}


def ids(items: list[Any]) -> list[str]:
    return [item["id"] for item in items]


def in_order(entries: list[Entry]) -> list[str]:
    return [entry.id for entry in sorted(entries, key=lambda entry: entry.at_id)]


def days(first_ago: int, last_ago: int) -> str:
    return f"from={utc_day(start_of_day(first_ago))}&to={utc_day(start_of_day(last_ago))}"


@pytest.mark.parametrize("name", CREATED)
@pytest.mark.parametrize("limit", [1, 4, 200])
def test_PRI_28_a_range_has_every_entry_of_its_days_once_and_in_order(
    admin: Caller, name: str, limit: int
) -> None:
    first, last = start_of_day(9), start_of_day(5)
    create = CREATED[name]
    inside = [create("campaign/cmp_1", number, first + number * 40_007) for number in range(10)]
    inside += [create("campaign/cmp_1", 20, first), create("campaign/cmp_1", 21, last + DAY_S - 1)]
    for number, at in ((30, first - 1), (31, last + DAY_S)):
        create("campaign/cmp_1", number, at)

    items = all_items(admin, f"/v1/{name}?{days(9, 5)}&limit={limit}")

    assert ids(items) == in_order(inside)


@pytest.mark.parametrize("name", CREATED)
def test_PRI_28_a_range_of_one_subject_is_bounded_alike(admin: Caller, name: str) -> None:
    start, create = start_of_day(9), CREATED[name]
    created = [create("lead/lead_1", number, start + number * DAY_S) for number in range(-1, 4)]
    create("campaign/cmp_1", 9, start)

    items = all_items(admin, f"/v1/{name}?subject=lead/lead_1&{days(9, 7)}&limit=1")

    assert ids(items) == in_order(created[1:4])


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
@pytest.mark.parametrize("asked", [True, False])
def test_PRI_28_days_are_of_the_organisation_or_of_the_zone_asked_for(
    admin: Caller, zone: str, asked: bool
) -> None:
    add_item(Organisation(version=1, zone="Europe/Berlin" if asked else zone))
    configuration.clear_cache()
    day = date.fromisoformat(utc_day(start_of_day(5)))
    first, after = starts_at(day, zone), ends_at(day + timedelta(days=1), zone)
    inside = [create_change("campaign/cmp_1", at, at) for at in (first, first + DAY_S, after - 1)]
    for at in (first - 1, after):
        create_change("campaign/cmp_1", at, at)

    query = f"from={day}&to={day + timedelta(days=1)}" + (f"&zone={zone}" if asked else "")

    assert ids(all_items(admin, f"/v1/changes?{query}")) == in_order(inside)


def test_PRI_28_a_range_may_begin_and_end_at_an_instant_both_included(admin: Caller) -> None:
    start = start_of_day(5)
    created = [create_change("campaign/cmp_1", number, start + number) for number in range(6)]

    items = all_items(admin, f"/v1/changes?from={iso(start + 1)}&to={iso(start + 4)}")

    assert ids(items) == in_order(created[1:5])


def test_PRI_28_without_an_end_the_range_is_to_now_and_stays_so(
    api: ApiHarness, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = start_of_day(3)
    created = [create_change("campaign/cmp_1", number, start + number * DAY_S) for number in range(3)]
    path = f"/v1/changes?from={utc_day(start)}&limit=2&kind=campaign"
    first = admin.get(path).json
    later = clock.now() + 60
    monkeypatch.setattr(clock, "now", lambda: later)
    create_change("campaign/cmp_1", 9, later)

    rest = api.bearer(api.signer.token("usr_admin")).get(f"{path}&cursor={first['next']}").json

    assert ids(first["items"] + rest["items"]) == in_order(created)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("from=2026-11-02&to=2026-11-01", "to", "out_of_range"),
        ("from=2025-01-01&to=2026-01-02", "to", "out_of_range"),
        ("from=2020-01-01", "to", "out_of_range"),
        ("from=0005-05-01", "to", "out_of_range"),
        ("from=yesterday", "from", "instant"),
        ("from=2026-11-01&to=2026-11-31", "to", "instant"),
        ("from=2026-11-01&zone=PST", "zone", "zone"),
        ("to=2026-11-01", "*", "required"),
        ("zone=UTC", "*", "required"),
        ("from=2026-11-01&day=2026-11-01", "*", "one_of"),
        ("subject=lead/lead_1&day=2026-11-01", "*", "one_of"),
    ],
)
@pytest.mark.parametrize("name", CREATED)
def test_PRI_28_a_range_that_cannot_be_listed_says_why(
    admin: Caller, name: str, query: str, field: str, code: str
) -> None:
    reply = admin.get(f"/v1/{name}?{query}")

    assert reply.status == 422
    (found,) = reply.json["error"]["fields"]
    assert (found["field"], found["code"]) == (field, code)


def test_PRI_28_a_leap_year_of_366_days_is_possible_also_where_clocks_change(admin: Caller) -> None:
    for zone in ("UTC", "America/Los_Angeles", "Australia/Lord_Howe"):
        assert admin.get(f"/v1/changes?from=2024-01-01&to=2024-12-31&zone={zone}").status == 200


def test_PRI_28_a_range_of_days_without_entries_is_read_in_bounded_pages(admin: Caller) -> None:
    entry = create_change("campaign/cmp_1", 1, start_of_day(100))
    path = f"/v1/changes?{days(364, 90)}"

    with metered() as meter:
        first = admin.get(path).json

    assert (first["items"], bool(first["next"])) == ([], True)
    assert sum(attempt.operation == "Query" for attempt in meter.attempts) <= 34 * 16
    assert ids(all_items(admin, path)) == [entry.id]


def test_PRI_28_a_range_to_come_reads_nothing(admin: Caller) -> None:
    with metered() as meter:
        reply = admin.get("/v1/changes?from=9000-01-01&to=9000-06-01")

    assert reply.json == {"items": [], "next": None}
    assert sum(attempt.operation == "Query" for attempt in meter.attempts) == 0


def test_PRI_28_the_filters_apply_to_a_range(admin: Caller) -> None:
    start, ada = start_of_day(8), Actor("user", "usr_ada")
    created = [
        create_change("project/prj_1", 0, start, "created"),
        create_change("project/prj_1", 1, start + DAY_S, "changed", ada),
        create_change("user/usr_1", 2, start + 2 * DAY_S, "changed", ada),
        create_change("user/usr_1", 3, start + 3 * DAY_S, "changed", ada),
    ]

    items = all_items(admin, f"/v1/changes?{days(8, 6)}&user=usr_ada&kind=changed")

    assert ids(items) == in_order(created[1:3])


def test_PRI_28_managers_read_a_range_of_their_projects_alone(api: ApiHarness, admin: Caller) -> None:
    manager = api.user(Role.MANAGER, "prj_1", user_id="usr_manager")
    start = start_of_day(8)
    own = [create_change("project/prj_1", number, start + number * DAY_S) for number in range(3)]
    for number in range(3):
        create_change("project/prj_2", number, start + number * DAY_S)

    assert ids(all_items(manager, f"/v1/changes?{days(8, 6)}&limit=1")) == in_order(own)
    assert manager.get(f"/v1/changes?subject=project/prj_2&{days(8, 6)}").status == 404


def test_PRI_28_a_page_of_a_range_ends_where_an_answer_has_no_more_room(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tuple(FieldChange(f"field_{number}", "x" * 500) for number in range(20))
    start = start_of_day(8)
    created = [
        insert_entry(
            ledger_entries.change(SAM, "campaign/cmp_1", "changed", start + n * 30_000, f"e{n}", long)
        )
        for n in range(9)
    ]
    monkeypatch.setattr(paging.ByteRoom.__init__, "__defaults__", (40_000,))

    first = admin.get(f"/v1/changes?{days(8, 5)}")

    assert 0 < len(first.json["items"]) < 9
    assert ids(all_items(admin, f"/v1/changes?{days(8, 5)}")) == in_order(created)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_PRI_28_the_export_of_a_range_is_recorded_with_its_bounds(admin: Caller, form: str) -> None:
    start = start_of_day(8)
    created = [create_change("project/prj_1", number, start + number * DAY_S) for number in range(3)]

    reply = admin.get(f"/v1/changes?{days(8, 6)}&format={form}")

    assert [reply.text.count(entry.id) for entry in created] == [1, 1, 1]
    subject = f"days/{iso(start)}~{iso(start + 3 * DAY_S - 1)}"
    (entry,) = ledger.list_subject(subject, clock.now())
    assert (entry.action, entry.through, entry.actor_id) == ("read", "export", "usr_admin")
    assert admin.get(f"/v1/accesses?subject={subject}").json["items"][0]["subject"] == subject


def test_PRI_28_a_cursor_of_before_ranges_is_for_the_same_question() -> None:
    shown = AuditQuery(day=date(2027, 1, 15), kind="lead").model_dump(
        mode="json", exclude={"limit", "cursor"}
    )

    assert shown == {
        "subject": None,
        "day": "2027-01-15",
        "user": None,
        "kind": "lead",
        "format": "json",
    }


def test_PRI_28_a_cursor_of_one_range_is_no_cursor_of_another(admin: Caller) -> None:
    for number in range(3):
        create_change("project/prj_1", number, start_of_day(8) + number * DAY_S)
    token = admin.get(f"/v1/changes?{days(8, 6)}&limit=1").json["next"]

    assert admin.get(f"/v1/changes?{days(8, 5)}&limit=1&cursor={token}").code == "cursor_invalid"


def test_PRI_28_a_day_is_still_a_day_of_UTC(admin: Caller) -> None:
    add_item(Organisation(version=1, zone="Asia/Tokyo"))
    configuration.clear_cache()
    start = start_of_day(5)
    entry = create_change("campaign/cmp_1", 1, start)

    items = all_items(admin, f"/v1/changes?day={utc_day(start)}")

    assert ids(items) == [entry.id]
    assert json.dumps(items).count("campaign/cmp_1") == 1


# words


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("changes", "bogus"),
        ("changes", "search"),
        ("changes", "contact"),
        ("changes", "Blocked"),
        ("accesses", "bogus"),
        ("accesses", "block"),
    ],
)
def test_USE_U10_a_kind_that_does_not_exist_is_an_error_and_not_an_empty_list(
    admin: Caller, name: str, kind: str
) -> None:
    reply = admin.get(f"/v1/{name}?kind={kind}")

    assert reply.status == 422
    (error,) = reply.json["error"]["fields"]
    assert (error["field"], error["code"]) == ("kind", "choice")


def test_USE_U10_accesses_are_filtered_by_thing_and_by_way(admin: Caller) -> None:
    admin.post("/v1/contacts/search", {"phone": "+12025550147"})
    admin.get("/v1/leads/lead_1")

    def subjects(kind: str) -> list[str]:
        items = all_items(admin, f"/v1/accesses?kind={kind}")
        return [item["subject"].partition("/")[0] for item in items]

    assert subjects("contact") == ["contact"]
    assert sorted(subjects("search")) == ["contact", "lead"]
    assert subjects("view") == ["lead"]
    assert subjects("export") == []


def test_USE_U10_the_kinds_are_an_enum_of_the_document(admin: Caller) -> None:
    paths = admin.get("/v1/openapi.json").json["paths"]

    def enum(name: str) -> set[str]:
        parameters = paths[f"/v1/{name}"]["get"]["parameters"]
        (schema,) = [one["schema"] for one in parameters if one["name"] == "kind"]
        choices = schema.get("anyOf", [schema])
        return {word for choice in choices for word in choice.get("enum", [])}

    assert enum("changes") == kinds.CHANGE_KINDS
    assert enum("accesses") == kinds.ACCESS_KINDS
