"""Forget orders and the erasure schedule under faults: killed, twice at once, lost answers (PRI-8a, SEC-A1, SEC-B3)."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch, leases
from chalicelib.core.errors import Unavailable
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState, acquired, continued
from chalicelib.jobs.usecases.read_job import read_job
from chalicelib.leads.store import contact_index, forget_orders, leads
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases import carry_out_forgets as orders
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.forget_contact import Forgotten, forget_contact
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    LEAD,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.harness.faults import (
    WRITES,
    Attempt,
    Crash,
    Fault,
    dying,
    dying_after,
    fault,
    lost,
    meanwhile,
    metered,
    step,
)

LEADS = [f"lead_{number}" for number in range(4)]
END = NOW + 10 * DAY


@pytest.fixture(autouse=True)
def small_pages(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two leads are an order, which is worked in pages of two."""
    monkeypatch.setattr(forgetting, "INLINE", 2)
    monkeypatch.setattr(orders, "_PAGE", 2)
    create_organisation(max_lag="PT0S", duplicates=ENTERS_AT_ONCE)


def order_all() -> str:
    for number, lead_id in enumerate(LEADS):
        create_lead(lead_id, NOW - 10 + number)
    result: Forgotten = confirmed(
        lambda values: forget_contact(read_access(), "phone", LEAD["phone"], False, values, NOW)
    )
    assert result.job_id is not None
    return result.job_id


def work_at(now: int) -> None:
    carry_out_forgets(lambda: now, lambda: True)


def receipts_of(lead_id: str) -> int:
    entries = ledger.list_subject(f"lead/{lead_id}", NOW)
    return sum(entry.kind is EntryKind.RECEIPT for entry in entries)


def require_all_forgotten(job_id: str) -> None:
    assert [stamps_of(lead_id) for lead_id in LEADS] == [{}] * 4
    assert [receipts_of(lead_id) for lead_id in LEADS] == [1] * 4
    assert forget_orders.read_again(NOW).orders == ()
    ended = read_job(MANAGER, job_id, NOW + 1_000)
    assert (ended.state, len(ended.work.tally["erased"])) == (JobState.DONE, 4)


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 24])
def test_SEC_A1_a_worker_killed_at_any_write_is_continued_by_the_schedule_alone(
    crash: Fault, number: int
) -> None:
    job_id = order_all()
    with suppress(Crash), fault(crash, on=WRITES, when=step(number)):
        work_at(NOW + 1)
    assert not any(facts_of(lead_id).is_live(NOW) for lead_id in LEADS)

    for minute in range(1, 5):
        work_at(NOW + 60 * minute)

    require_all_forgotten(job_id)


def test_SEC_A1_without_the_order_the_leads_stay_live_after_a_crash() -> None:
    job_id = order_all()
    with pytest.raises(Crash), fault(dying, on={"TransactWriteItems"}, when=step(2)):
        work_at(NOW + 1)
    batch.write_one(forget_orders.close_order(job_id))
    assert any(facts_of(lead_id).is_live(NOW) for lead_id in LEADS)


def test_PRI_8a_another_worker_waits_for_the_lease_and_then_goes_on() -> None:
    job_id = order_all()
    with pytest.raises(Crash), fault(dying, on=WRITES, when=step(4)):
        work_at(NOW + 1)
    before = sum(receipts_of(lead_id) for lead_id in LEADS)

    work_at(NOW + 20)
    assert sum(receipts_of(lead_id) for lead_id in LEADS) == before
    work_at(NOW + 32)
    work_at(NOW + 92)

    require_all_forgotten(job_id)


def test_PRI_8a_tries_count_only_without_progress() -> None:
    """A worker that is killed again and again, each time with some progress, is never given up."""
    job_id = order_all()
    now = NOW
    for _ in range(14):
        now += 40
        with suppress(Crash), fault(dying, on=WRITES, when=step(6)):
            work_at(now)
    for _ in range(4):
        now += 61
        work_at(now)
    require_all_forgotten(job_id)


@pytest.mark.parametrize("number", [1, 3, 5, 7, 9, 12, 15, 18])
def test_PRI_8a_two_workers_at_once_end_the_same(number: int) -> None:
    """The second one has a clock that is ahead, so that the lease does not hold it back."""
    job_id = order_all()
    with fault(meanwhile(lambda: work_at(NOW + 40)), on=WRITES, when=step(number)) as fired:
        work_at(NOW + 1)
    work_at(NOW + 120)
    work_at(NOW + 200)
    assert fired
    require_all_forgotten(job_id)


@pytest.mark.parametrize("number", range(1, 21, 2))
def test_PRI_8a_a_lost_answer_changes_nothing(number: int) -> None:
    job_id = order_all()
    with fault(lost, on=WRITES, when=step(number)):
        work_at(NOW + 1)
    for minute in range(1, 6):
        work_at(NOW + 60 * minute)
    require_all_forgotten(job_id)


def first_order(attempt: Attempt) -> bool:
    return "head" in str(attempt.body) and attempt.attempt == 1


def test_PRI_8a_the_order_is_written_once_when_its_answer_is_lost() -> None:
    with fault(lost, on={"TransactWriteItems"}, table="contacts", when=first_order):
        job_id = order_all()
    assert [order.id for order in forget_orders.read_again(NOW).orders] == [job_id]


def test_RET_15_two_runs_of_the_schedule_share_the_shards() -> None:
    """What one run has leased, the other leaves; each counts its own (SEC-B3)."""
    for lead_id in LEADS:
        create_lead(lead_id)
    counts = []

    def second() -> None:
        counts.append(finish_due_erasures(lambda: True, END, owner="run_2").finished)

    with fault(meanwhile(second), on={"UpdateItem"}, table="leads", when=step(1)) as fired:
        counts.append(finish_due_erasures(lambda: True, END, owner="run_1").finished)

    assert fired
    assert sum(counts) == 4
    assert [receipts_of(lead_id) for lead_id in LEADS] == [1] * 4


def test_SEC_B3_a_run_does_not_count_what_another_process_finished() -> None:
    create_lead()
    with fault(
        meanwhile(lambda: finish_erasure("lead_1", "stream", END)),
        on={"UpdateItem"},
        table="leads",
        when=step(1),
    ):
        sweep = finish_due_erasures(lambda: True, END)
    assert (sweep.finished, sweep.failed) == (0, 0)


def test_RET_15_the_shard_of_a_killed_run_is_free_after_half_a_minute() -> None:
    create_lead()
    with pytest.raises(Crash), fault(dying, on={"UpdateItem"}, table="leads", when=step(1)):
        finish_due_erasures(lambda: True, END, owner="run_1")

    held = finish_due_erasures(lambda: True, END + 29, owner="run_2")
    free = finish_due_erasures(lambda: True, END + 31, owner="run_3")

    assert (held.finished, held.oldest_overdue_s, free.finished) == (0, 29, 1)


def test_RET_15_the_next_try_of_a_killed_run_goes_on_at_once() -> None:
    """Lambda repeats the same event, once the try before it has ended."""
    create_lead()
    with pytest.raises(Crash), fault(dying, on={"UpdateItem"}, table="leads", when=step(1)):
        finish_due_erasures(lambda: True, END, owner="evt_1")
    assert finish_due_erasures(lambda: True, END + 1, owner="evt_1").finished == 1


def test_PRI_8a_the_next_try_of_a_killed_event_goes_on_at_once() -> None:
    """Another event waits until the lease ends."""
    job_id = order_all()
    with pytest.raises(Crash), fault(dying, on=WRITES, when=step(6)):
        carry_out_forgets(lambda: NOW + 1, lambda: True, event_id="evt_1")
    before = sum(receipts_of(lead_id) for lead_id in LEADS)

    carry_out_forgets(lambda: NOW + 2, lambda: True, event_id="evt_2")
    assert sum(receipts_of(lead_id) for lead_id in LEADS) == before
    carry_out_forgets(lambda: NOW + 3, lambda: True, event_id="evt_1")
    assert sum(receipts_of(lead_id) for lead_id in LEADS) == 4

    work_at(NOW + 100)
    require_all_forgotten(job_id)


@pytest.mark.parametrize("number", range(1, 4))
def test_PRI_8_leads_that_left_the_indexes_together_are_erased_after_a_crash(number: int) -> None:
    """Their entries are gone and their persons are not: the next run still writes exact receipts."""
    job_id = order_all()
    with suppress(Crash), fault(dying, on={"BatchWriteItem"}, when=step(number)):
        work_at(NOW + 1)
    for minute in range(1, 4):
        work_at(NOW + 60 * minute)
    require_all_forgotten(job_id)
    for lead_id in LEADS:
        (receipt,) = [
            entry for entry in ledger.list_subject(f"lead/{lead_id}", NOW) if entry.kind is EntryKind.RECEIPT
        ]
        assert receipt.detail is not None
        assert (receipt.detail["stores"]["contacts"], receipt.detail["stores"]["people"]) == (2, 1)


def test_PRI_8_a_window_that_a_restore_brought_back_is_left_by_the_erasure() -> None:
    """The leads are marked and out of the duplicate index; then an old row of it is there again."""
    order_all()
    rows = [row for row in contact_index.ContactRow.scan() if row.entry.startswith("window#")]
    assert rows
    with suppress(Crash), fault(dying, on={"BatchWriteItem"}, when=step(1)):
        work_at(NOW + 1)
    for row in rows:
        row.save()
    work_at(NOW + 100)
    work_at(NOW + 200)
    assert not any(row.entry.startswith("window#") for row in contact_index.ContactRow.scan())


def test_PRI_8a_leads_of_one_contact_share_what_is_read_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each lead only its own writes and the rows of its comments are left: about four calls."""
    monkeypatch.setattr(orders, "_PAGE", 100)
    for number in range(40):  # more than a row of the duplicate index lists
        values = {"first_name": "Ada", "phone": LEAD["phone"]}
        create_lead(f"lead_{number}", NOW - 50 + number, values=values)
    confirmed(lambda values: forget_contact(read_access(), "phone", LEAD["phone"], False, values, NOW))
    with metered() as meter:
        work_at(NOW + 1)
    calls = Counter(attempt.operation for attempt in meter.attempts)
    assert calls["BatchWriteItem"] <= 2
    assert (
        calls["Query"] <= 40 + 45
    )  # a lead's comments; the row of the duplicate index, where others changed it
    assert calls["TransactWriteItems"] >= 80


def test_RET_15_a_run_that_lost_its_lease_cannot_renew_it() -> None:
    batch.write_one(leases.acquire("erasures#0", "run_1", NOW, NOW + 60))
    batch.write_one(leases.acquire("erasures#0", "run_2", NOW + 60, NOW + 120))
    with pytest.raises(batch.Cancelled):
        batch.write_one(leases.renew("erasures#0", "run_1", NOW + 180))


def test_SEC_C12_a_clock_that_is_ahead_erases_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.privacy.usecases.require_clock import require_clock

    def dated(attempt: Any) -> Any:
        answer = attempt.send()
        answer.headers["date"] = "Fri, 15 Jan 2027 08:00:00 GMT"  # NOW
        return answer

    with fault(dated, on={"GetItem"}):
        require_clock(NOW + 60)
        require_clock(NOW - 3_600)
        with pytest.raises(Unavailable):
            require_clock(NOW + 61)


def test_SEC_D_parts_are_stamped_only_while_the_facts_are_still_these() -> None:
    """A slow process that read other facts may not give the person an older, longer end."""
    from chalicelib.leads.usecases.update_expiries import update_expiries, write_expiries

    create_lead()
    slow = facts_of("lead_1")
    writes = update_expiries(slow, NOW)
    changed = leads.get_as_stored("lead_1", NOW)
    assert changed is not None
    batch.write([leads.update(slow, changed, NOW)], batch.token_of("another process"))
    before = stamps_of("lead_1")

    with pytest.raises(batch.Cancelled):
        write_expiries(writes, slow, NOW)

    assert stamps_of("lead_1") == before


def test_PRI_8a_a_lead_ends_at_the_instant_of_its_order() -> None:
    """A reader whose clock is a little behind the worker's would otherwise see the person again."""
    order_all()
    work_at(NOW + 5)
    assert [facts_of(lead_id).retention.forgotten_at for lead_id in LEADS] == [NOW] * 4


def test_PRI_8a_each_checkpoint_renews_the_lease_of_thirty_seconds() -> None:
    job = jobs.get(order_all(), NOW)
    assert job is not None
    leased = acquired(job, NOW + job.lease_s)
    assert (leased.leased_until, continued(leased, job.work, NOW + 20).leased_until) == (NOW + 30, NOW + 50)
