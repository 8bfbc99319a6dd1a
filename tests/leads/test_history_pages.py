"""The history of a lead is paged (SEC-A2, INT-15, WRK-16)."""

import json
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.leads import Activity
from chalicelib.leads.store import activities, people
from chalicelib.leads.store.leads_rows import ActivityRow
from chalicelib.leads.usecases.read_history import ENTRIES
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.search_contact import read_leads
from tests.factories.leads import DAY, MANAGER, NOW, create_lead, create_organisation, facts_of
from tests.harness.api import ApiHarness, Caller, Reply

LAMBDA_BYTES = 6_291_556
ONE, HISTORY = "/v1/leads/lead_1", "/v1/leads/lead_1/history"


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A manager with one lead, at a later day."""
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)
    create_organisation(Policy(10))
    create_lead("lead_1")
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def add_comments(count: int, text: str = "note") -> None:
    """Store comments as earlier versions did, without the bound of today."""
    facts = facts_of("lead_1")
    with ActivityRow.batch_write() as saved, people.PersonRow.batch_write() as comments:
        for number in range(count):
            entry_id, at = f"id{number:05d}", NOW + 1 + number
            activity = Activity(at, entry_id, "comment", "user", "usr_manager")
            row = activities.append(facts, activity).row
            row.part = f"activity#{at:012d}#{number + 1:06d}#{entry_id}"  # type: ignore[attr-defined]
            saved.save(row)
            comments.save(people.add_comment(facts, entry_id, f"{number} {text}", at).row)


def encoded(reply: Reply) -> int:
    assert reply.status == 200, reply.text[:300]
    return len(json.dumps({"statusCode": 200, "body": reply.text}))


def follow(caller: Caller, cursor: str | None, limit: int = 50) -> list[Reply]:
    """Return the pages of earlier entries, by their cursors."""
    replies = []
    while cursor is not None:
        replies.append(caller.get(f"{HISTORY}?limit={limit}&cursor={cursor}"))
        cursor = replies[-1].json["next"]
    return replies


def texts(entries: list[dict[str, Any]]) -> list[int]:
    return [int(entry["text"].split()[0]) for entry in entries if entry["kind"] == "comment"]


def test_SEC_A2_330_comments_of_10_000_signs_can_be_read_and_corrected(manager: Caller) -> None:
    # given a lead with 330 comments of 10,000 signs
    add_comments(330, "€" * 9_990)

    # when the lead is read, corrected, and found by the desk
    one = manager.get(ONE)
    fixed = manager.patch(ONE, {"version": 1, "person": {"first_name": "Eve"}})
    found = manager.post("/v1/contacts/search", {"phone": "202-555-0147"})
    pages = follow(manager, one.json["history_next"], 200)

    # then each answer is short enough, and the pages together have every entry once, in order
    assert max(encoded(reply) for reply in (one, fixed, found, *pages)) < LAMBDA_BYTES
    whole = [entry for reply in reversed(pages) for entry in reply.json["items"]] + one.json["history"]
    assert texts(whole) == list(range(330))
    assert [entry["kind"] for entry in whole[:1]] == ["received"]
    assert [entry["at"] for entry in whole] == sorted(entry["at"] for entry in whole)
    assert texts(fixed.json["history"])[-1] == 329
    assert found.json["leads"][0]["history_next"]


def test_INT_15_a_short_history_is_whole_and_has_no_cursor(manager: Caller) -> None:
    add_comments(3)
    answer = manager.get(ONE).json
    assert "history_next" not in answer
    assert [entry["kind"] for entry in answer["history"]] == ["received", *["comment"] * 3]
    assert manager.get(HISTORY).json == {"items": answer["history"], "next": None}


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_WRK_16_the_route_starts_with_the_newest_entries(manager: Caller, limit: int) -> None:
    add_comments(20)
    first = manager.get(f"{HISTORY}?limit={limit}").json
    pages = [first, *(reply.json for reply in follow(manager, first["next"], limit))]
    assert [n for page in reversed(pages) for n in texts(page["items"])] == list(range(20))
    assert [page["items"][0]["kind"] for page in pages].count("received") == 1
    assert all(len(texts(page["items"])) <= limit for page in pages)


def test_WRK_16_a_lead_shows_a_hundred_entries(manager: Caller) -> None:
    add_comments(ENTRIES + 1)
    answer = manager.get(ONE).json
    assert texts(answer["history"]) == list(range(1, ENTRIES + 1))
    (earlier,) = follow(manager, answer["history_next"])
    assert [entry["kind"] for entry in earlier.json["items"]] == ["received", "comment"]


def test_PRI_30_each_page_of_texts_is_a_recorded_access(manager: Caller) -> None:
    add_comments(3)
    manager.get(f"{HISTORY}?limit=2")
    manager.get(HISTORY)
    entries = ledger.list_subject("lead/lead_1", NOW + DAY)
    assert [(entry.actor_id, entry.through) for entry in entries] == [("usr_manager", "view")] * 2


def test_RET_14_after_the_end_the_history_has_no_texts(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_comments(3)
    cursor = manager.get(f"{HISTORY}?limit=2").json["next"]
    monkeypatch.setattr(clock, "now", lambda: NOW + 10 * DAY)
    late = Caller(manager.client, api.signer.token("usr_manager"))
    answer = late.get(HISTORY).json
    assert [entry["kind"] for entry in answer["items"]] == ["received", *["comment"] * 3, "erased"]
    assert not any("text" in entry for entry in answer["items"])
    assert late.get(f"{HISTORY}?cursor={cursor}").code == "cursor_invalid"


def test_INT_15_a_cursor_belongs_to_one_lead_and_one_user(api: ApiHarness, manager: Caller) -> None:
    create_lead("lead_2", phone="202-555-0148")
    add_comments(ENTRIES + 1)
    cursor = manager.get(ONE).json["history_next"]
    other = api.user(Role.MANAGER, "prj_1", user_id="usr_other")
    stranger = api.user(Role.MANAGER, "prj_2", user_id="usr_stranger")
    assert manager.get(f"/v1/leads/lead_2/history?cursor={cursor}").code == "cursor_invalid"
    assert other.get(f"{HISTORY}?cursor={cursor}").code == "cursor_invalid"
    assert manager.get(f"{HISTORY}?cursor={cursor}").status == 200
    assert stranger.get(HISTORY).status == 404
    assert api.stranger().get(HISTORY).status == 401


def test_WRK_16_within_a_page_versions_order_entries_of_unequal_clocks(manager: Caller) -> None:
    facts = facts_of("lead_1")
    for version, at in ((1, NOW + 9), (2, NOW + 5), (3, NOW + 7)):
        activity = Activity(at, f"id{version}", "stage", "user", "usr_manager", {"to": str(version)})
        row = activities.append(facts, activity).row
        row.part = f"activity#{at:012d}#{version:06d}#id{version}"  # type: ignore[attr-defined]
        row.save()
    entries = manager.get(ONE).json["history"]
    assert [entry["to"] for entry in entries if entry["kind"] == "stage"] == ["1", "2", "3"]


def test_PRI_33_the_export_for_the_person_has_the_whole_history(manager: Caller) -> None:
    add_comments(ENTRIES + 20)
    (lead,) = read_leads(MANAGER, [facts_of("lead_1")], NOW + DAY)
    assert len(lead.activities) == ENTRIES + 20
    assert all("text" in entry.detail for entry in lead.activities)
