"""An erasure that is interrupted, repeated or run twice at once at any step (RET-15; fault rows 38, 39, 44, 45)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    FIELDS,
    NOW,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.harness.api import add_item
from tests.harness.faults import (
    WRITES,
    Attempt,
    Crash,
    Fault,
    conflicting,
    dying,
    dying_after,
    fault,
    first,
    lost,
    metered,
    step,
    throttled,
)

pytestmark = pytest.mark.usefixtures("aws")
DUE = NOW + 10 * DAY
STEPS = [1, 2, 3, 4]


def create_overdue_lead() -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead()
    create_comments("lead_1", 2)


def erase(later: int = 0, through: str = "schedule") -> None:
    finish_erasure("lead_1", through, DUE + later)


def assert_erased_once() -> None:
    assert stamps_of("lead_1") == {}
    assert facts_of("lead_1").erased_at is not None
    receipts = [entry for entry in ledger.list_subject("lead/lead_1", NOW) if entry.kind is EntryKind.RECEIPT]
    assert len(receipts) == 1
    assert receipts[0].detail is not None
    assert receipts[0].detail["stores"] == {"people": 3, "contacts": 2, "windows": 1, "ttl_first": False}
    assert counters.read_day("statistics#cmp_1", utc_day(NOW))["erased"] == 1


def test_the_tested_steps_of_an_erasure_are_complete() -> None:
    create_overdue_lead()
    with metered() as meter:
        erase()
    assert sum(attempt.operation in WRITES for attempt in meter.attempts) == len(STEPS)


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_RET_15_a_crash_at_any_step_is_resumed_with_a_whole_receipt(crash: Fault, number: int) -> None:
    create_overdue_lead()
    with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
        erase()
    lead = read_lead(read_access(), "lead_1", DUE)
    assert lead.person is None
    assert (facts_of("lead_1").erased_at is not None) == (number == len(STEPS) and crash is dying_after)
    erase(30, "stream")
    assert_erased_once()


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("disturbance", [lost, throttled])
def test_RET_15_a_lost_answer_or_throttle_at_any_step_counts_once(disturbance: Fault, number: int) -> None:
    create_overdue_lead()
    with fault(disturbance, on=WRITES, when=step(number)) as fired:
        erase()
    assert len(fired) == 1
    assert_erased_once()


def test_RET_15_contention_is_retried() -> None:
    create_overdue_lead()
    with fault(conflicting, on=WRITES, when=first(3)) as fired:
        erase()
    assert len(fired) == 3
    assert_erased_once()


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("other", [erase, lambda: process_new_lead("lead_1", DUE)])
def test_RET_15_a_concurrent_erasure_does_no_harm(other: Callable[[], None], number: int) -> None:
    create_overdue_lead()

    def run_other_before(_: Attempt) -> None:
        other()

    with fault(run_other_before, on=WRITES, when=step(number)) as fired:
        erase(5, "stream")
    assert len(fired) == 1
    assert_erased_once()


def test_RET_15_many_at_once_erase_once() -> None:
    create_overdue_lead()
    with ThreadPoolExecutor(6) as pool:
        result = [pool.submit(erase, number, "stream") for number in range(6)]
    assert [task.exception() for task in result] == [None] * 6
    assert_erased_once()


def test_RET_14_a_correction_during_the_erasure_restores_nothing() -> None:
    create_overdue_lead()

    def erase_first(_: Attempt) -> None:
        erase()

    with (
        fault(erase_first, on={"TransactWriteItems"}, when=step(1)),
        pytest.raises(Exception, match="gone"),
    ):
        correct_lead(read_access(), "lead_1", 1, {"phone": "+12025550148"}, DUE - 1)
    assert_erased_once()


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("disturbance", [dying, dying_after, lost, conflicting])
def test_RET_15_several_index_rows_are_left_in_one_write(disturbance: Fault, number: int) -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    sets = tuple(replace(field, duplicate=None if field.kind == "number" else field.key) for field in FIELDS)
    add_item(LeadType(id="lt_2", version=1, name="Loan, three sets", fields=sets))
    wide = Campaign(
        id="cmp_2",
        version=1,
        name="Wide",
        project_id="prj_1",
        lead_type_id="lt_2",
        source="site",
        retention=Policy(10),
        duplicates=ENTERS_AT_ONCE,
    )
    add_item(wide)
    create_lead(campaign_id="cmp_2")
    create_lead("lead_2", campaign_id="cmp_2", email="other@example.com", phone="202-555-0148")
    with fault(disturbance, on=WRITES, when=step(number)) as fired, suppress(Crash):
        erase()
    erase(30, "stream")
    assert len(fired) == 1
    assert stamps_of("lead_1") == {}
    assert len([name for name in stamps_of("lead_2") if name.startswith("window")]) == 3
    (receipt,) = [
        entry for entry in ledger.list_subject("lead/lead_1", NOW) if entry.kind is EntryKind.RECEIPT
    ]
    assert receipt.detail is not None
    assert receipt.detail["stores"] == {"people": 1, "contacts": 2, "windows": 3, "ttl_first": False}
