"""The schedule of the bulk changes of retention, with a role of its own (RET-20)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.jobs.domain import RETENTION
from chalicelib.jobs.usecases.continue_jobs import continue_jobs

events = Blueprint(__name__)


@scheduled(events, "rate(1 minute)")
def change_retention(budget: TimeBudget) -> None:
    """Continue the waiting bulk changes, while there is time."""
    ended = continue_jobs(clock.now, budget.has_time, RETENTION, event_id=budget.event_id)
    observability.log("INFO", "jobs ended", count=ended)
