"""The schedule that continues jobs."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.jobs.usecases import continue_jobs as use_case
from chalicelib.observability import observe

_RESERVE_MS = 20_000

events = Blueprint(__name__)


@events.schedule("rate(1 minute)")
@observe
def continue_jobs(event: CloudWatchEvent) -> None:
    """Continue what waits, while there is time."""
    context: Any = event.context
    ended = use_case.continue_jobs(clock.now, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)
    observability.log("INFO", "jobs ended", count=ended)
