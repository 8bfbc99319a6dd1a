"""The schedule that retires inactive leads (WRK-7)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.work.usecases import retire_leads as use_case

events = Blueprint(__name__)


@scheduled(events, "rate(15 minutes)")
def retire_leads(budget: TimeBudget) -> None:
    """Retire overdue leads, while there is time. The next run continues."""
    sweep = use_case.retire_leads(clock.now, budget.has_time)
    observability.log("INFO", "leads retired", count=sweep.retired)
    observability.metric("LeadsExamined", sweep.examined)
    observability.metric("LeadsRetired", sweep.retired)
    observability.metric("LeadsSkipped", sweep.skipped)
    observability.metric("OldestUnretiredSeconds", sweep.oldest_overdue_s, "Seconds")
    if sweep.failed:
        observability.metric("RetirementsFailed", sweep.failed)
