"""Finishes erasures that TTL and the stream have not finished (RET-15; data-model.md, Deadlines and expiry)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from chalicelib import observability
from chalicelib.core.paging import LastKey, Page
from chalicelib.core.times import seconds_of
from chalicelib.leads.store import leads
from chalicelib.leads.store.leads import DueLead
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.usecases.finish_erasure import finish_erasure

_PAGE = 100
_TURN_S = 60
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


def finish_due_erasures(has_time: Callable[[], bool], now: int) -> ErasureSweep:
    """Finish each lead that was forgotten, or ended more than `max_lag` ago, while `has_time` is true.

    Reads only leads past their end. Each run starts at another shard, so that a backlog in one does not starve the
    others. A lead that fails does not stop the others; the next run tries it again.
    """
    sweep = ErasureSweep(now)
    before = now - seconds_of(cached_organisation(now).max_lag)
    first = now // _TURN_S
    _finish_partition(leads.list_forgotten, now, sweep, has_time)
    for turn in range(leads.DUE_SHARDS):
        shard = (first + turn) % leads.DUE_SHARDS
        _finish_partition(partial(leads.list_due, shard), before, sweep, has_time)
    return sweep


def _finish_partition(read: Pages, before: int, sweep: ErasureSweep, has_time: Callable[[], bool]) -> None:
    after = None
    while True:
        page = read(sweep.now, _PAGE, after)
        for lead_id, erase_at, _ in page.items:
            if erase_at > before or not has_time():
                sweep.left(erase_at)
                return
            _finish_lead(lead_id, erase_at, sweep)
        after = page.next
        if after is None:
            return


def _finish_lead(lead_id: str, erase_at: int, sweep: ErasureSweep) -> None:
    try:
        finish_erasure(lead_id, "schedule", sweep.now)
        sweep.finished += 1
    except Exception as error:  # noqa: BLE001  # one lead must not stop the others
        observability.log_failure(error, lead_id=lead_id)
        sweep.failed += 1
        sweep.left(erase_at)
