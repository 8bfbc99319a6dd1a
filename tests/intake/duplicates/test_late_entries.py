"""Leads of campaigns that look for no duplicates: they enter the duplicate index after the intake (CAM-9)."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign_settings import Duplicates, Quality
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases.process_missed_leads import process_missed_leads
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.process_new_leads import process_new_leads
from chalicelib.leads.domain.duplicate_index import Original
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store import contact_index, leads
from chalicelib.leads.usecases import enter_windows
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.work.usecases.reject_lead import reject_lead
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    confirmed,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.harness.faults import (
    ALL,
    Crash,
    Fault,
    conflicting,
    dying,
    dying_after,
    fault,
    first,
    lost,
    meanwhile,
    metered,
    step,
)

TRANSACTION = {"TransactWriteItems"}
DUE = NOW + 10 * DAY
CHECKS = Duplicates(enabled=True, scope="organisation")


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    create_organisation()
    create_campaign("cmp_checks", policy=Policy(10), duplicates=CHECKS)
    create_campaign("cmp_held", policy=Policy(10, 3), quality=Quality(hold_all=True))


def originals() -> list[Original]:
    rows = [row for row in contact_index.ContactRow.scan() if row.originals]
    return [
        original
        for row in rows
        for window in contact_index.list_windows(row.ref)
        for original in window.originals
    ]


def listed() -> list[str]:
    return [original.lead_id for original in originals()]


def version_of_row() -> int:
    (row,) = [row for row in contact_index.ContactRow.scan() if row.originals]
    return int(row.version or 0)


def accepted(campaign_id: str = "cmp_1") -> int:
    return counters.read_day(f"statistics#{campaign_id}", utc_day(NOW)).get("accepted", 0)


def forget_it() -> None:
    confirmed(lambda confirmation: forget_lead(MANAGER, "lead_1", False, confirmation, NOW))


def process() -> None:
    process_new_lead("lead_1", NOW)


def test_CAM_9_a_lead_enters_after_the_intake_where_its_campaign_looks_for_no_duplicates() -> None:
    assert create_lead().enters_later
    assert listed() == []

    process()

    (original,) = originals()
    assert (original.lead_id, original.received_at, original.erase_at) == ("lead_1", NOW, DUE)
    assert not facts_of("lead_1").enters_later
    later = create_lead("lead_2", NOW + 60, "cmp_checks")
    assert (later.status, later.duplicate_of) == (Status.DUPLICATE, "lead_1")


def test_CAM_9_a_lead_enters_with_the_intake_where_its_campaign_looks_for_duplicates() -> None:
    assert not create_lead(campaign_id="cmp_checks").enters_later
    assert listed() == ["lead_1"]

    process()
    assert (listed(), version_of_row()) == (["lead_1"], 1)


def test_CAM_9_until_then_a_campaign_that_looks_for_duplicates_misses_it() -> None:
    create_lead()
    assert create_lead("lead_2", NOW, "cmp_checks").status is Status.ACCEPTED

    process()
    assert listed() == ["lead_1", "lead_2"]


def test_CAM_6_duplicates_and_test_leads_never_enter() -> None:
    create_lead()
    process()
    create_lead("lead_2", NOW + 1, "cmp_checks")
    assert not create_lead("lead_3", NOW + 2, test=True).enters_later
    for lead_id in ("lead_2", "lead_3"):
        process_new_lead(lead_id, NOW + 3)
    assert listed() == ["lead_1"]


def test_CAM_9_a_repeated_record_changes_nothing() -> None:
    create_lead()
    for later in (0, 1, 700):
        process_new_lead("lead_1", NOW + later)
    assert (listed(), version_of_row(), accepted()) == (["lead_1"], 1, 1)


def test_CAM_9_of_equal_leads_the_last_twenty_enter_in_order_of_receipt() -> None:
    for number in range(23):
        create_lead(f"lead_{number:02d}", NOW + number)
    for number in (*range(22, 2, -1), 0, 1, 2):
        process_new_lead(f"lead_{number:02d}", NOW + 60)
    assert listed() == [f"lead_{number:02d}" for number in range(3, 23)]
    assert accepted() == 23


@pytest.mark.parametrize("disturbance", [lost, conflicting])
def test_CAM_9_a_lost_answer_or_a_conflict_enters_and_counts_once(disturbance: Fault) -> None:
    create_lead()
    with fault(disturbance, on=TRANSACTION, when=first(1)) as fired:
        process()
    process_new_lead("lead_1", NOW + 5)
    assert fired
    assert (listed(), version_of_row(), accepted()) == (["lead_1"], 1, 1)


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_CAM_9_a_crash_at_any_step_is_resumed(crash: Fault, number: int) -> None:
    create_lead()
    with fault(crash, on=ALL, when=step(number)) as fired, pytest.raises(Crash):
        process()
    assert fired
    process_new_lead("lead_1", NOW + 5)
    assert (listed(), accepted(), facts_of("lead_1").enters_later) == (["lead_1"], 1, False)


def test_CAM_9_a_lead_that_the_stream_lost_enters_by_the_daily_run() -> None:
    create_lead()
    process_missed_leads(lambda: True, NOW + 3_601)
    assert (listed(), accepted()) == (["lead_1"], 1)


def test_CAM_9_two_processes_at_once_enter_and_count_once() -> None:
    create_lead()
    with fault(meanwhile(process), on=TRANSACTION, when=step(1)) as fired:
        process_new_lead("lead_1", NOW + 1)
    assert fired
    assert (listed(), version_of_row(), accepted()) == (["lead_1"], 1, 1)


def test_CAM_9_a_lead_of_the_same_values_meanwhile_is_not_lost() -> None:
    create_lead()
    other = lambda: create_lead("lead_2", NOW, "cmp_checks")  # noqa: E731
    with fault(meanwhile(other), on=TRANSACTION, when=step(1)) as fired:
        process()
    assert fired
    assert listed() == ["lead_1", "lead_2"]


def test_PRI_8_a_forgotten_lead_never_enters() -> None:
    create_lead()
    forget_it()
    process()
    assert (listed(), accepted()) == ([], 1)


def test_PRI_8_a_forget_while_the_lead_enters_leaves_it_in_no_row() -> None:
    create_lead()
    with fault(meanwhile(forget_it), on=TRANSACTION, when=step(1)) as fired:
        process()
    assert fired
    assert (listed(), accepted()) == ([], 1)


def test_PRI_8_a_lead_that_enters_during_its_forget_is_in_no_row_after_it() -> None:
    """The forget has read the rows before: its write is cancelled, because the lead has another version."""
    create_lead()
    with fault(meanwhile(process), on=TRANSACTION, when=step(1)) as fired:
        forget_it()
    assert fired
    assert listed() == []
    assert create_lead("lead_2", NOW + 1, "cmp_checks").status is Status.ACCEPTED


def test_RET_15_a_lead_that_has_not_entered_is_erased_with_a_receipt_that_says_so() -> None:
    create_lead()
    finish_erasure("lead_1", "schedule", DUE)
    process_new_lead("lead_1", DUE)
    (receipt,) = [e for e in ledger.list_subject("lead/lead_1", DUE) if e.kind is EntryKind.RECEIPT]
    assert receipt.detail is not None
    assert receipt.detail["stores"] == {"people": 1, "contacts": 2, "windows": 0, "ttl_first": False}
    assert (listed(), accepted()) == ([], 1)


@pytest.mark.parametrize("number", range(1, 6))
def test_RET_15_an_erasure_while_the_lead_enters_leaves_nothing(number: int) -> None:
    create_lead()
    erase: Callable[[], Any] = lambda: finish_erasure("lead_1", "schedule", DUE)  # noqa: E731
    with fault(meanwhile(erase), on=ALL, when=step(number)) as fired:
        process_new_lead("lead_1", DUE - 1)
    assert fired
    process_new_lead("lead_1", DUE)
    assert (listed(), accepted()) == ([], 1)


def reject() -> None:
    confirmed(lambda confirmation: reject_lead(MANAGER, "lead_1", "fraud", confirmation, NOW))


def test_CAM_6_a_lead_that_was_rejected_before_it_enters_is_marked() -> None:
    create_lead(campaign_id="cmp_held")
    reject()
    process()
    assert [(one.lead_id, one.rejected, one.erase_at) for one in originals()] == [
        ("lead_1", True, NOW + 3 * DAY)
    ]


@pytest.mark.parametrize("entering_first", [True, False])
def test_CAM_6_a_rejection_while_the_lead_enters_marks_it(entering_first: bool) -> None:
    create_lead(campaign_id="cmp_held")
    inner, outer = (process, reject) if entering_first else (reject, process)
    with fault(meanwhile(inner), on=TRANSACTION, when=step(1)) as fired:
        outer()
    assert fired
    assert [(one.lead_id, one.rejected, one.erase_at) for one in originals()] == [
        ("lead_1", True, NOW + 3 * DAY)
    ]


def prolong() -> None:
    confirmed(
        lambda confirmation: set_retention(MANAGER, "lead_1", RetentionRequest(days=20), confirmation, NOW)
    )


@pytest.mark.parametrize("entering_first", [True, False])
def test_RET_10_a_new_deadline_while_the_lead_enters_is_that_of_its_entry(entering_first: bool) -> None:
    create_lead()
    inner, outer = (process, prolong) if entering_first else (prolong, process)
    with fault(meanwhile(inner), on=TRANSACTION, when=step(1)) as fired:
        outer()
    assert fired
    assert [one.erase_at for one in originals()] == [facts_of("lead_1").erase_at] != [DUE]


def correct() -> None:
    correct_lead(read_access(), "lead_1", 1, {"phone": "202-555-0199"}, NOW)


@pytest.mark.parametrize("when", ["before", "meanwhile", "during"])
def test_CAM_4_a_lead_that_is_corrected_before_it_enters_is_known_by_its_new_values(when: str) -> None:
    create_lead()
    if when == "before":
        correct()
        assert listed() == []
        process()
    else:
        inner, outer = (correct, process) if when == "meanwhile" else (process, correct)
        with fault(meanwhile(inner), on=TRANSACTION, when=step(1)) as fired:
            outer()
        assert fired
    assert listed() == ["lead_1"]
    assert create_lead("lead_2", NOW + 1, "cmp_checks").status is Status.ACCEPTED
    found = create_lead("lead_3", NOW + 2, "cmp_checks", {**LEAD, "phone": "202-555-0199"})
    assert found.duplicate_of == "lead_1"


def test_PRI_17_a_lead_that_was_blocked_meanwhile_enters_all_the_same() -> None:
    create_lead()
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1"), "request_1", NOW)
    process()
    assert facts_of("lead_1").blocked_at == NOW
    assert (listed(), accepted()) == (["lead_1"], 1)


def test_CAM_9_a_lead_that_was_counted_without_entering_stops_no_stream() -> None:
    """A function of an earlier release counted it, while a new version was being deployed."""
    create_lead()
    batch.write([leads.mark_counted("lead_1")], batch.token_of("earlier"))
    process()
    assert listed() == []


def test_CAM_9_the_intake_of_such_a_lead_writes_no_row_of_the_duplicate_index() -> None:
    create_lead("lead_0")
    create_lead("lead_1", campaign_id="cmp_checks")
    with metered() as off:
        create_lead("lead_3")
    with metered() as on:
        create_lead("lead_2", values={**LEAD, "phone": "202-555-0123"}, campaign_id="cmp_checks")
    assert (off.round_trips, on.write_units - off.write_units) == (on.round_trips, 2)


def test_CAM_9_to_enter_costs_the_write_of_the_row_alone() -> None:
    """The mark is a write of every lead that is counted."""
    create_lead("lead_1")
    create_lead("lead_2", campaign_id="cmp_checks", values={**LEAD, "phone": "202-555-0123"})
    units = []
    for lead_id in ("lead_1", "lead_2"):
        with metered() as meter:
            process_new_lead(lead_id, NOW)
        units.append(meter.write_units)
    assert units == [6, 4]


def test_CAM_9_leads_of_one_row_share_its_write() -> None:
    facts = [create_lead(f"lead_{number}", NOW + number) for number in range(3)]
    late = enter_windows.late_entries(facts, NOW + 60)
    assert [[one.lead_id for one in window.originals] for window in late.windows] == [list(late.facts)]
    assert [window.version for window in late.windows] == [1]


def stream(ids: list[str]) -> None:
    complete = process_new_leads(ids, NOW + 60)
    for lead_id in ids:
        complete(lead_id)


def test_CAM_9_equal_leads_of_a_batch_enter_with_one_write_of_their_row() -> None:
    ids = [create_lead(f"lead_{number:02d}", NOW + number).lead_id for number in range(30)]
    with metered() as meter:
        stream(ids)
    assert (listed(), version_of_row(), accepted()) == (ids[-20:], 1, 30)
    marks, statistics, full_row = 2 * 30, 2, 8  # a row of twenty leads has nearly four KB
    assert meter.operations["TransactWriteItems"] == 1
    assert meter.write_units == marks + statistics + full_row


def test_CAM_9_leads_whose_rows_have_no_room_in_one_transaction_have_several() -> None:
    create_campaign("cmp_agent", policy=Policy(10), agent=AGENT.id)
    ids = [f"lead_{number:02d}" for number in range(40)]
    for number, lead_id in enumerate(ids):
        create_lead(lead_id, NOW, "cmp_agent", {**LEAD, "phone": f"202-555-01{number:02d}"})
    with metered() as meter:
        stream(ids)
    assert meter.operations["TransactWriteItems"] == 2
    assert (sorted(listed()), accepted("cmp_agent")) == (ids, 40)


def test_PRI_8_of_a_batch_only_the_forgotten_lead_does_not_enter() -> None:
    ids = [create_lead(f"lead_{number}", NOW).lead_id for number in range(3)]
    with fault(meanwhile(forget_it), on=TRANSACTION, when=step(1)) as fired:
        stream(ids)
    assert fired
    assert (listed(), accepted()) == (["lead_0", "lead_2"], 3)
