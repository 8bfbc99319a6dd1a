"""Finishes erasures that TTL and the stream have not finished (RET-15; data-model.md, Deadlines and expiry)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from chalicelib import observability
from chalicelib.aws.dynamodb import batch, leases
from chalicelib.aws.side_by_side import call_each
from chalicelib.core.chunks import chunks
from chalicelib.core.paging import LastKey, Page
from chalicelib.core.times import Present, seconds_of
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.leads.store.leads import DueLead
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.usecases.finish_erasure import ErasureStatus, finish_erasure
from chalicelib.privacy.usecases.finish_together import finish_together

_PAGE = 100
_TURN_S = 60
_AT_ONCE = 100
_LEASE_S = 30  # below the minute of the local schedule: the run after a killed one goes on
Pages = Callable[[int, int, LastKey | None], Page[DueLead]]


@dataclass
class ErasureSweep:
    """The result of one run: the numbers of finished and failed erasures, and the age of the oldest unfinished one."""

    now: int
    finished: int = 0
    failed: int = 0
    oldest_overdue_s: int = field(default=0)

    def left(self, erase_at: int) -> None:
        """Note a lead past its end that still has its rows."""
        self.oldest_overdue_s = max(self.oldest_overdue_s, self.now - erase_at)


def finish_due_erasures(
    has_time: Callable[[], bool], now: int, *, owner: str = "run", clock: Present | None = None
) -> ErasureSweep:
    """Finish each lead that was forgotten, or ended more than `max_lag` ago, while `has_time` is true.

    Reads only leads past their end. Runs at the same time share the partitions by leases (SEC-B3): `owner` is this run,
    and `clock` renews its leases. Each run starts at another shard, so that a backlog in one does not starve the
    others. A lead that fails does not stop the others; the next run tries it again.
    """
    sweep = ErasureSweep(now)
    before = now - seconds_of(cached_organisation(now).max_lag)
    first = now // _TURN_S
    run = _Run(owner, clock or (lambda: now), has_time, sweep)
    _finish_partition("forgotten", leads.list_forgotten, now, run)
    for turn in range(leads.DUE_SHARDS):
        shard = (first + turn) % leads.DUE_SHARDS
        _finish_partition(str(shard), partial(leads.list_due, shard), before, run)
    return sweep


@dataclass
class _Run:
    owner: str
    clock: Present
    has_time: Callable[[], bool]
    sweep: ErasureSweep


def _finish_partition(name: str, read: Pages, before: int, run: _Run) -> None:
    """Finish the leads of a partition under its lease; leave it if another run has it."""
    work = f"erasures#{name}"
    first = read(run.sweep.now, 1, None).items
    if not first or first[0].erase_at > before:
        for lead in first:
            run.sweep.left(lead.erase_at)
        return
    now = run.clock()
    try:
        batch.write_one(leases.acquire(work, run.owner, now, now + _LEASE_S))
    except batch.Cancelled:
        run.sweep.left(first[0].erase_at)
        return
    with suppress(batch.Cancelled):
        _finish_pages(work, read, before, run)
        batch.write_one(leases.release(work, run.owner))


def _finish_pages(work: str, read: Pages, before: int, run: _Run) -> None:
    after = None
    while True:
        page = read(run.sweep.now, _PAGE, after)
        due = [lead for lead in page.items if lead.erase_at <= before]
        for some in chunks(due, _AT_ONCE):
            if not run.has_time():
                run.sweep.left(some[0].erase_at)
                return
            _finish_leads(some, run.sweep)
            batch.write_one(leases.renew(work, run.owner, run.clock() + _LEASE_S))
        if len(due) < len(page.items):
            run.sweep.left(page.items[len(due)].erase_at)
            return
        after = page.next
        if after is None:
            return


def _finish_leads(some: Sequence[DueLead], sweep: ErasureSweep) -> None:
    """Finish some leads together, and the rest side by side. Count those that this run has finished."""
    found = leads.get_many_as_stored((lead.lead_id for lead in some), sweep.now)
    finished = _together(list(found.values()), sweep.now)
    sweep.finished += len(finished)

    def finish(lead: DueLead) -> ErasureStatus:
        return finish_erasure(lead.lead_id, "schedule", sweep.now).status

    for outcome in call_each(finish, [lead for lead in some if lead.lead_id not in finished]):
        if outcome.error is not None:
            observability.log_failure(outcome.error, lead_id=outcome.item.lead_id)
            sweep.failed += 1
            sweep.left(outcome.item.erase_at)
        sweep.finished += outcome.result is ErasureStatus.FINISHED


def _together(found: Sequence[Facts], now: int) -> set[str]:
    try:
        return finish_together(found, "schedule", now)
    except Exception as error:  # noqa: BLE001  # each lead by itself shows which one fails
        observability.log_failure(error)
        return set()
