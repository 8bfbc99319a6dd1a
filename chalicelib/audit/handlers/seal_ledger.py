"""The schedule that seals the ledger day by day (PRI-32)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.audit.usecases.seal_day import seal_age_s, seal_days
from chalicelib.aws.events import TimeBudget, scheduled

events = Blueprint(__name__)


@scheduled(events, "cron(5 1 * * ? *)", reserve_s=120)
def seal_ledger(budget: TimeBudget) -> None:
    """Seal every complete day without a seal, while there is time."""
    holder, now = budget.event_id or clock.new_id("run"), clock.now()
    sealed = seal_days(holder, budget.has_time, now)
    observability.log("INFO", "days sealed", count=len(sealed))
    observability.metric("DaysSealed", len(sealed))
    age = seal_age_s(now)
    if age is not None:
        observability.metric("SealAgeSeconds", age, "Seconds")
