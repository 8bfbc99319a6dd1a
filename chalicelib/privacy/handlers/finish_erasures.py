"""The schedule that finishes erasures (RET-15)."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.observability import observe
from chalicelib.privacy.usecases.finish_due import finish_due_erasures

_RESERVE_MS = 20_000

events = Blueprint(__name__)


@events.schedule("rate(5 minutes)")
@observe
def finish_erasures(event: CloudWatchEvent) -> None:
    """Finish what is overdue and say how long the oldest left has been waiting (RET-16)."""
    context: Any = event.context
    sweep = finish_due_erasures(lambda: context.get_remaining_time_in_millis() > _RESERVE_MS, clock.now())
    observability.log("INFO", "erasures finished", count=sweep.finished)
    observability.metric("OldestOverdueSeconds", sweep.oldest_overdue_s, "Seconds")
    if sweep.failed:
        observability.metric("ErasuresFailed", sweep.failed)
