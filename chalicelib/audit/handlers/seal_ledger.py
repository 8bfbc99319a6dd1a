"""The schedule that seals the record, day by day (PRI-32)."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.audit.usecases.seal_day import seal_age_s, seal_days
from chalicelib.observability import observe

_RESERVE_MS = 120_000

events = Blueprint(__name__)


@events.schedule("cron(5 1 * * ? *)")
@observe
def seal_ledger(event: CloudWatchEvent) -> None:
    """Seal every complete day that is not, while there is time."""
    context: Any = event.context
    holder, now = clock.new_id("run"), clock.now()
    sealed = seal_days(holder, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS, now)
    observability.log("INFO", "days sealed", count=len(sealed))
    observability.metric("DaysSealed", len(sealed))
    age = seal_age_s(now)
    if age is not None:
        observability.metric("SealAgeSeconds", age, "Seconds")
