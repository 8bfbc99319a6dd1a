"""The schedule that continues jobs."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.jobs.usecases import continue_jobs as use_case

events = Blueprint(__name__)


@scheduled(events, "rate(1 minute)")
def continue_jobs(budget: TimeBudget) -> None:
    """Continue the waiting jobs, while there is time."""
    ended = use_case.continue_jobs(clock.now, budget.has_time, event_id=budget.event_id)
    observability.log("INFO", "jobs ended", count=ended)
