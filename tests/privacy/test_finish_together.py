"""Erasures of one run share their last transactions, and each is finished once (RET-15, B18)."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.finish_together import finish_together
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    LEAD,
    MANAGER,
    NOW,
    create_campaign,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.harness.faults import (
    Crash,
    conflicting,
    denied,
    dying,
    dying_after,
    fault,
    first,
    first_of_each_call,
    lost,
    meanwhile,
    metered,
    step,
)

DUE = NOW + 10 * DAY
LATE = DUE + DAY
TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    create_organisation(duplicates=ENTERS_AT_ONCE)


def create_leads(count: int, start: int = 0, campaign_id: str = "cmp_1", now: int = NOW) -> list[str]:
    ids = [f"lead_{number}" for number in range(start, start + count)]
    for number, lead_id in enumerate(ids, start):
        values = {**LEAD, "phone": f"202-555-01{number:02d}", "email": f"ada{number}@example.com"}
        create_lead(lead_id, now, campaign_id, values)
    return ids


def together(ids: list[str], now: int = LATE) -> set[str]:
    return finish_together(list(leads.get_many_as_stored(ids, now).values()), "schedule", now)


def run(now: int = LATE) -> Any:
    return finish_due_erasures(lambda: True, now)


def erased(campaign_id: str = "cmp_1", at: int = NOW) -> int:
    return counters.read_day(f"statistics#{campaign_id}", utc_day(at)).get("erased", 0)


def receipts(lead_id: str) -> list[str | None]:
    entries = ledger.list_subject(f"lead/{lead_id}", LATE)
    return [entry.through for entry in entries if entry.kind is EntryKind.RECEIPT]


def require_all_erased_once(ids: list[str]) -> None:
    """Fail unless every lead is erased, with one receipt, and counted once."""
    assert [lead_id for lead_id in ids if facts_of(lead_id, LATE).erased_at is None] == []
    assert [receipts(lead_id) for lead_id in ids] == [["schedule"]] * len(ids)
    assert (list(people.PersonRow.scan()), list(contact_index.ContactRow.scan())) == ([], [])
    assert erased() == len(ids)


def test_RET_15_leads_of_one_campaign_and_day_are_finished_in_few_transactions() -> None:
    ids = create_leads(40)

    with metered() as meter:
        assert together(ids) == set(ids)

    require_all_erased_once(ids)
    assert meter.operations["TransactWriteItems"] == 2
    assert meter.tables["counters"] == 2


def test_B1_an_erasure_with_others_writes_no_more_than_one_by_itself() -> None:
    ids = create_leads(21)
    with metered() as alone:
        finish_erasure(ids[0], "schedule", LATE)
    with metered() as shared:
        together(ids[1:])

    assert shared.write_units < 20 * alone.write_units
    assert shared.read_units <= 20 * alone.read_units


def test_RET_15_the_receipts_are_those_of_single_erasures() -> None:
    ids = create_leads(3)
    create_comments(ids[1], 2)
    other = create_leads(1, 3)[0]
    create_comments(other, 2)

    together(ids)
    finish_erasure(other, "schedule", LATE)

    def detail(lead_id: str) -> Any:
        (entry,) = [entry for entry in ledger.list_subject(f"lead/{lead_id}", LATE) if entry.detail]
        return {**(entry.detail or {}), "lead_id": ""}

    assert detail(ids[1]) == detail(other)
    assert detail(ids[0])["stores"]["people"] == 1


def test_RET_15_campaigns_days_and_test_leads_of_one_run_are_counted_by_themselves() -> None:
    create_campaign("cmp_2", policy=Policy(10))
    ids = [*create_leads(3), *create_leads(2, 3, "cmp_2"), *create_leads(4, 5, now=NOW - DAY)]
    create_lead("lead_test", test=True)

    assert together([*ids, "lead_test"]) == {*ids, "lead_test"}

    assert (erased(), erased("cmp_2"), erased(at=NOW - DAY)) == (3, 2, 4)


def test_RET_16_leads_that_are_not_due_or_erased_are_left_out() -> None:
    ids = create_leads(3)
    finish_erasure(ids[1], "schedule", LATE)
    place_legal_hold(MANAGER, ids[2], "litigation", LATE + 30 * DAY, NOW)

    assert together(ids) == {ids[0]}
    assert together(ids[:1], NOW) == set()

    assert stamps_of(ids[2]) != {}
    assert erased() == 2


@pytest.mark.parametrize("comments", [20, 130])
def test_RET_15_a_lead_with_many_comments_is_finished_by_itself(comments: int) -> None:
    ids = create_leads(3)
    create_comments(ids[1], comments)

    assert together(ids) == {ids[0], ids[2]}
    assert run().finished == 1

    require_all_erased_once(ids)


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize(
    ("on", "at"), [("UpdateItem", 1), ("DeleteItem", 1), ("BatchWriteItem", 1), ("TransactWriteItems", 1)]
)
def test_RET_15_a_crash_at_each_step_is_resumed(crash: Any, on: str, at: int) -> None:
    ids = create_leads(5)

    with fault(crash, on={on}, when=step(at)) as fired, pytest.raises(Crash):
        together(ids)
    assert len(fired) == 1
    run()

    require_all_erased_once(ids)


@pytest.mark.parametrize(("trouble", "when"), [(lost, first_of_each_call), (conflicting, first(2))])
def test_RET_15_a_lost_answer_or_a_conflict_counts_once(trouble: Any, when: Any) -> None:
    ids = create_leads(5)

    with fault(trouble, on=TRANSACTION, when=when) as fired:
        run()
        run()

    assert fired
    require_all_erased_once(ids)


def test_RET_15_a_group_that_stays_in_conflict_is_finished_one_by_one() -> None:
    ids = create_leads(5)
    found = list(leads.get_many_as_stored(ids, LATE).values())

    with fault(conflicting, on=TRANSACTION, when=first(3)) as fired:
        assert finish_together(found, "schedule", LATE) == set()
        assert run().finished == 5

    assert len(fired) == 3
    require_all_erased_once(ids)


def test_RET_15_a_lead_that_another_process_finishes_meanwhile_counts_once() -> None:
    ids = create_leads(5)

    with fault(
        meanwhile(lambda: finish_erasure(ids[2], "schedule", LATE)), on=TRANSACTION, when=step(1)
    ) as fired:
        assert together(ids) == set()
    run()

    assert fired
    require_all_erased_once(ids)


def test_RET_15_an_equal_receipt_of_one_lead_does_not_stand_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the check of all entries, four leads would be taken for finished that nobody has finished."""
    from chalicelib.aws.dynamodb import batch

    monkeypatch.setattr(batch, "_is_made", lambda reasons: any(batch._is_own(*one) for one in reasons))
    ids = create_leads(5)

    with fault(meanwhile(lambda: finish_erasure(ids[2], "schedule", LATE)), on=TRANSACTION, when=step(1)):
        assert together(ids) == set(ids)

    assert erased() == 1


def test_RET_15_two_runs_at_once_finish_each_lead_once() -> None:
    ids = create_leads(9)

    with fault(meanwhile(lambda: together(ids)), on=TRANSACTION, when=step(1)):
        together(ids)
    run()

    require_all_erased_once(ids)


def test_RET_15_leads_in_one_row_of_the_duplicate_index_all_leave_it() -> None:
    """They write the row side by side, so only one of them gets through at first."""
    ids = [f"lead_{number}" for number in range(6)]
    for number, lead_id in enumerate(ids):
        create_lead(lead_id, NOW + number)

    finished = together(ids)
    windows = [row.originals for row in contact_index.ContactRow.scan() if row.originals]
    run()

    assert 0 < len(finished) < len(ids)
    assert not any(f'"{lead_id}"' in listed for lead_id in finished for listed in windows)
    require_all_erased_once(ids)


@pytest.mark.parametrize("break_row", ["person", "window"])
def test_RET_15_a_row_that_cannot_be_read_stops_no_other_lead(break_row: str) -> None:
    ids = create_leads(4)
    if break_row == "person":
        people.PersonRow(ids[1], "person", body="not json", version=1).save()
    else:
        window = next(
            row for row in contact_index.ContactRow.scan() if ids[1] in (row.originals or "").split('"')
        )
        window.update([contact_index.ContactRow.originals.set("not json")])

    sweep = run()

    assert (sweep.finished, sweep.failed) == (3, 1)
    assert facts_of(ids[1], LATE).erased_at is None


def test_RET_15_if_the_store_does_not_answer_nothing_is_lost() -> None:
    ids = create_leads(4)

    for operation in ("UpdateItem", "Query", "BatchWriteItem", "TransactWriteItems"):
        with fault(denied, on={operation}):
            _ignore(lambda: together(ids))
    run()

    require_all_erased_once(ids)


def _ignore(act: Callable[[], object]) -> None:
    from contextlib import suppress

    from chalicelib.core.errors import Unavailable

    with suppress(Unavailable):
        act()
