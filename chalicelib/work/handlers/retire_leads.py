"""The schedule that retires leads nobody works (WRK-7)."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.observability import observe
from chalicelib.work.usecases import retire_leads as use_case

_RESERVE_MS = 20_000

events = Blueprint(__name__)


@events.schedule("rate(15 minutes)")
@observe
def retire_leads(event: CloudWatchEvent) -> None:
    """Retire what is overdue, while there is time; the next run goes on with the rest."""
    context: Any = event.context
    sweep = use_case.retire_leads(clock.now, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)
    observability.log("INFO", "leads retired", count=sweep.retired)
    observability.metric("LeadsExamined", sweep.examined)
    observability.metric("LeadsRetired", sweep.retired)
    observability.metric("LeadsSkipped", sweep.skipped)
    observability.metric("OldestUnretiredSeconds", sweep.oldest_overdue_s, "Seconds")
    if sweep.failed:
        observability.metric("RetirementsFailed", sweep.failed)
