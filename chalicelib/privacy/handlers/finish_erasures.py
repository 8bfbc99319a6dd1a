"""The schedule that finishes erasures (RET-15)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, retry_parked, scheduled
from chalicelib.core.times import DAY_S
from chalicelib.privacy.handlers.after_erasure import finish
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.require_clock import require_clock

events = Blueprint(__name__)


@scheduled(events, "rate(5 minutes)")
def finish_erasures(budget: TimeBudget) -> None:
    """Finish overdue erasures, and measure how long the oldest remaining one is overdue (RET-16).

    A record of the stream that was parked a day ago is tried once more.
    """
    require_clock(clock.now())
    sweep = finish_due_erasures(
        budget.has_time, clock.now(), owner=budget.event_id or clock.new_id("run"), clock=clock.now
    )
    observability.log("INFO", "erasures finished", count=sweep.finished)
    observability.metric("OldestOverdueSeconds", sweep.oldest_overdue_s, "Seconds")
    if sweep.failed:
        observability.metric("ErasuresFailed", sweep.failed)
    retry_parked("after_erasure", finish, budget.has_time, clock.now(), older_than_s=DAY_S)
