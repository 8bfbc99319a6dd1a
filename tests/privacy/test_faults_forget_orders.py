"""Forget orders and the erasure schedule under faults: killed, twice at once, lost answers (PRI-8a, SEC-A1, SEC-B3)."""

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch, leases
from chalicelib.core.errors import Unavailable
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState, acquired, continued
from chalicelib.jobs.usecases.read_job import read_job
from chalicelib.leads.store import forget_orders, leads
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
    step,
)

LEADS = [f"lead_{number}" for number in range(4)]
END = NOW + 10 * DAY


@pytest.fixture(autouse=True)
def small_pages(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two leads are an order, which is worked in pages of two."""
    monkeypatch.setattr(forgetting, "INLINE", 2)
    monkeypatch.setattr(orders, "_PAGE", 2)
    create_organisation(max_lag="PT0S")


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


def test_RET_15_the_shard_of_a_killed_run_is_free_after_a_minute() -> None:
    create_lead()
    with pytest.raises(Crash), fault(dying, on={"UpdateItem"}, table="leads", when=step(1)):
        finish_due_erasures(lambda: True, END, owner="run_1")

    held = finish_due_erasures(lambda: True, END + 30, owner="run_2")
    free = finish_due_erasures(lambda: True, END + 61, owner="run_3")

    assert (held.finished, held.oldest_overdue_s, free.finished) == (0, 30, 1)


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
