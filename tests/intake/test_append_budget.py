"""Appending never makes a person too large, and never a record that cannot be processed (FILE-B7, SEC-A3)."""

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.intake.domain.decision_record import MAX_ORIGINALS, _originals
from chalicelib.intake.handlers.after_intake import after_intake
from chalicelib.leads.domain.duplicate_index import Original, Window
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.leads.domain.person_size import MAX_BYTES, size_of
from chalicelib.leads.schemas.leads import Lead
from chalicelib.leads.store import people
from tests.aws.test_events import Context, removal
from tests.factories.leads import NOW, facts_of
from tests.factories.work import history
from tests.intake.test_append_duplicate import create_append_campaign, person, post_duplicate

pytestmark = pytest.mark.usefixtures("aws")
NOTES = 6


def post_long(lead_id: str, now: int, letter: str) -> None:
    """Post about 60 KB under names of its own."""
    notes = {f"{lead_id}_{n}": letter * (60_000 // NOTES // len(letter.encode())) for n in range(NOTES)}
    post_duplicate(lead_id, now, **notes)


def process(lead_id: str) -> Any:
    record = removal(1, {"lead_id": lead_id, "part": "lead"}, "INSERT")
    return after_intake({"Records": [record]}, Context())


@pytest.mark.parametrize("letter", ["x", "ж", "€"])
def test_FILE_B7_seven_long_duplicates_are_settled(monkeypatch: pytest.MonkeyPatch, letter: str) -> None:
    # given a lead and seven duplicates of 60 KB
    monkeypatch.setattr(clock, "now", lambda: NOW + 100)
    create_append_campaign()
    post_long("lead_1", NOW, letter)
    for number in range(2, 9):
        post_long(f"lead_{number}", NOW + number, letter)

    # when the stream processes them
    answers = [process(f"lead_{number}") for number in range(1, 9)]

    # then each is done with, the person stays in its budget, and the history says what was left out
    assert answers == [{"batchItemFailures": []}] * 8
    assert size_of(person()) <= MAX_BYTES
    assert all(facts_of(f"lead_{number}").appended_at for number in range(2, 9))
    entries = [detail for kind, detail in history() if kind == "appended"]
    assert sorted(entry["lead_id"] for entry in entries) == [f"lead_{number}" for number in range(2, 9)]
    assert entries[0].get("left_out") is None
    assert entries[-1]["left_out"] == ["extras"]
    assert not any("lead_7_0" in str(entry) for entry in entries)


def test_FILE_B7_a_full_person_notes_each_duplicate_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 100)
    create_append_campaign()
    post_duplicate("lead_1")
    full = person()
    room = MAX_BYTES - size_of(full) - 200
    row = people._row("lead_1", type(full)(**{**vars(full), "extras": {"a": "x" * room}}), None)
    row.save()
    post_long("lead_2", NOW + 1, "x")
    before = person()
    assert process("lead_2") == process("lead_2") == {"batchItemFailures": []}
    assert person() == before
    note = {"fields": [], "lead_id": "lead_2", "left_out": ["extras"]}
    assert history() == [("appended", note)]
    shown = Lead.of(StoredLead(facts_of("lead_1"), None), NOW, with_history=True)
    assert shown.history is not None


def original(number: int) -> Original:
    return Original(f"lead_{number}", "cmp_1", "prj_1", NOW - 1000 + number, None)


def test_CAM_20_each_earlier_lead_is_kept_once_and_the_one_that_counted_always() -> None:
    from chalicelib.campaigns.domain.campaign_settings import Duplicates
    from tests.factories.rows import create_campaign_row

    campaign = create_campaign_row()
    object.__setattr__(campaign, "duplicates", Duplicates(enabled=True, days=30))
    object.__setattr__(campaign, "project_id", "prj_1")
    windows = tuple(
        Window(f"ref_{set_}", "lt_1", tuple(original(set_ * 20 + n) for n in range(20))) for set_ in range(40)
    )
    few: Any = SimpleNamespace(windows=(windows[0], windows[0]), campaign=campaign, now=NOW)
    assert _originals(few) == list(windows[0].originals)
    many: Any = SimpleNamespace(windows=windows, campaign=campaign, now=NOW)
    kept = _originals(many)
    assert len(kept) == MAX_ORIGINALS
    assert kept[0] == original(0)
    assert kept[1:] == [original(n) for n in range(800 - MAX_ORIGINALS + 1, 800)]
