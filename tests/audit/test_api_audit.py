"""The ledger over the API: entries of an item and of a day (PRI-27 … PRI-30)."""

import json
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import Actor, Role
from chalicelib.core.times import DAY_S, iso, utc_day
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import FieldChange
from tests.audit.audit_support import (
    SAM,
    USUAL,
    admin,
    all_items,
    create_access,
    create_change,
    insert_entry,
    start_of_day,
)
from tests.harness.api import ApiHarness, Caller
from tests.harness.faults import metered

__all__ = ["admin"]


@pytest.fixture
def manager(api: ApiHarness, admin: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def ids(items: list[Any]) -> list[str]:
    return [item["id"] for item in items]


# by item


def test_PRI_28_changes_of_an_item_are_listed_in_order(manager: Caller) -> None:
    at = clock.now() - 50
    fields = (FieldChange("name", "Web", "Site"), FieldChange("password_hash"), FieldChange("price", "5"))
    entry = insert_entry(
        ledger_entries.change(SAM, "campaign/cmp_1", "changed", at, "e1", fields, {"effect": "10 days"})
    )
    create_change("campaign/cmp_2", 1, at)
    create_access("campaign/cmp_1", 1, at)

    assert manager.get("/v1/changes?subject=campaign/cmp_1").json == {
        "items": [
            {
                "id": entry.id,
                "at": iso(at),
                "actor": {"kind": "user", "id": "usr_sam", "name": None},
                "action": "changed",
                "subject": "campaign/cmp_1",
                "item": {"kind": "campaign", "id": "cmp_1", "name": "Web"},
                "fields": [
                    {"name": "name", "from": "Web", "to": "Site"},
                    {"name": "password_hash"},
                    {"name": "price", "from": "5"},
                ],
                "effect": "10 days",
            }
        ],
        "next": None,
    }


def test_PRI_28_changes_of_an_item_cost_one_query(admin: Caller) -> None:
    for number in range(5):
        create_change("lead/lead_1", number, clock.now() - 9 + number)

    with metered() as meter:
        reply = admin.get("/v1/changes?subject=lead/lead_1")

    assert len(reply.json["items"]) == 5
    assert sum(attempt.operation == "Query" for attempt in meter.attempts) == 1


def test_PRI_30_an_access_says_who_read_which_person_and_how(manager: Caller) -> None:
    manager.get("/v1/leads/lead_1")
    manager.get("/v1/leads?campaign=cmp_1&person=true")

    items = manager.get("/v1/accesses?subject=lead/lead_1").json["items"]

    assert sorted(item["through"] for item in items) == ["list", "view"]
    assert {(item["actor"]["id"], item["action"], item["subject"]) for item in items} == {
        ("usr_manager", "read", "lead/lead_1")
    }
    assert manager.get("/v1/changes?subject=lead/lead_1").json["items"] == []


def test_PRI_30_reading_the_ledger_shows_no_person_and_adds_no_entry(admin: Caller) -> None:
    create_change("lead/lead_1", 1, clock.now())
    before = ledger.LedgerRow.count()

    for name in ("changes", "accesses"):
        assert admin.get(f"/v1/{name}").status == 200
        assert admin.get(f"/v1/{name}?subject=lead/lead_1").status == 200

    assert ledger.LedgerRow.count() == before


def test_PRI_29_a_retention_change_includes_the_confirmed_effect(manager: Caller) -> None:
    first_reply = manager.put("/v1/leads/lead_1/retention", {"days": 20})
    summary = first_reply.json["effect"]["summary"]
    reply = manager.put("/v1/leads/lead_1/retention", {"days": 20, "confirm": first_reply.json["confirm"]})
    assert reply.status == 200

    (entry,) = manager.get("/v1/changes?subject=lead/lead_1&kind=retention").json["items"]

    assert (entry["effect"], entry["actor"]["id"]) == (summary, "usr_manager")


def test_PRI_29_a_block_shows_who_blocked_and_unblocked(admin: Caller, manager: Caller) -> None:
    created = manager.post("/v1/blocks", {"phone": "202-555-0190", "project_id": "prj_1"}).json
    admin.delete(f"/v1/blocks/{created['id']}")

    items = all_items(manager, "/v1/changes?kind=block")

    assert [(item["action"], item["actor"]["id"]) for item in items] == [
        ("blocked", "usr_manager"),
        ("unblocked", "usr_admin"),
    ]
    assert "5550190" not in json.dumps(items).replace("-", "")


# by day


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_PRI_28_pages_of_a_day_are_complete_and_in_order(admin: Caller, limit: int) -> None:
    start = start_of_day(5)
    created = [create_change("campaign/cmp_1", number, start + number // 3) for number in range(40)]
    edges = [
        create_change("campaign/cmp_1", 98, start - 1),
        create_change("campaign/cmp_1", 99, start + DAY_S),
    ]

    items = all_items(admin, f"/v1/changes?day={utc_day(start)}&limit={limit}")

    assert ids(items) == [item.id for item in sorted(created, key=lambda item: item.at_id)]
    assert not {edge.id for edge in edges} & set(ids(items))


def test_PRI_28_without_item_or_day_the_list_is_of_today(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    create_change("campaign/cmp_1", 1, now - DAY_S)
    entry = create_change("campaign/cmp_1", 2, now)

    assert entry.id in ids(all_items(admin, "/v1/changes?kind=changed"))
    assert len(all_items(admin, "/v1/changes?kind=changed")) == 1


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("user=usr_ada", {1, 3}),
        ("kind=project", {0, 1}),
        ("kind=disabled", {2, 3}),
        ("user=usr_ada&kind=disabled", {3}),
        ("user=usr_nobody", set()),
    ],
)
def test_PRI_28_entries_are_filtered_by_user_item_kind_and_action(
    admin: Caller, query: str, numbers: set[int]
) -> None:
    day = clock.now() - 3 * DAY_S
    ada = Actor("user", "usr_ada")
    created = [
        create_change("project/prj_1", 0, day, "changed"),
        create_change("project/prj_1", 1, day, "changed", ada),
        create_change("user/usr_1", 2, day, "disabled"),
        create_change("user/usr_1", 3, day, "disabled", ada),
    ]

    items = all_items(admin, f"/v1/changes?day={utc_day(day)}&{query}")

    assert set(ids(items)) == {created[number].id for number in numbers}


@pytest.mark.parametrize("name", ["changes", "accesses"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_PRI_28_paging_across_midnight_stays_on_its_day(
    api: ApiHarness, admin: Caller, monkeypatch: pytest.MonkeyPatch, name: str, form: str
) -> None:
    midnight = (clock.now() // DAY_S + 2) * DAY_S
    created = create_change if name == "changes" else create_access
    entries = [created("campaign/cmp_1", number, midnight - 9 + number) for number in range(3)]
    created("campaign/cmp_1", 9, midnight + 1)
    path = f"/v1/{name}?format={form}&limit="
    seen, cursor = "", ""
    for at, limit in ((midnight - 1, 2), (midnight + 60, 9)):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        reply = api.bearer(api.signer.token("usr_admin")).get(f"{path}{limit}{cursor}")
        token = reply.json["next"] if form == "json" else reply.headers.get("X-Next-Cursor")
        seen, cursor = seen + reply.text, f"&cursor={token}"
    assert [seen.count(entry.id) for entry in entries] == [1, 1, 1]
    assert token is None
    subjects = [ledger.list_subject(f"day/{utc_day(at)}", midnight) for at in (midnight - 1, midnight)]
    assert [len(subject) for subject in subjects] == ([2, 0] if form == "csv" else [0, 0])


def test_PRI_28_a_filter_gives_short_pages_and_ends(admin: Caller) -> None:
    day = start_of_day(5)
    with ledger.LedgerRow.batch_write() as many:
        for number in range(1050):
            entry = ledger_entries.access(
                SAM, "lead/lead_1", "view", day + number, ledger_entries.entry_id(number)
            )
            many.save(ledger.insert(entry, USUAL).row)
    last = create_change("campaign/cmp_1", 1, day + 2000)

    with metered() as meter:
        first = admin.get(f"/v1/changes?day={utc_day(day)}").json

    assert (first["items"], bool(first["next"])) == ([], True)
    assert sum(attempt.operation == "Query" for attempt in meter.attempts) <= 16 + 1100 // 50
    assert ids(all_items(admin, f"/v1/changes?day={utc_day(day)}")) == [last.id]


def test_data_model_an_expired_entry_is_on_no_page(admin: Caller) -> None:
    old = clock.now() - 800 * DAY_S
    create_access("lead/lead_1", 1, old)
    stored_value = create_change("lead/lead_1", 1, old)

    assert all_items(admin, f"/v1/accesses?day={utc_day(old)}") == []
    assert all_items(admin, "/v1/accesses?subject=lead/lead_1") == []
    assert ids(all_items(admin, f"/v1/changes?day={utc_day(old)}")) == [stored_value.id]
