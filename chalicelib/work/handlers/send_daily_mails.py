"""The schedule that sends agents their daily mail (WRK-12)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.work.usecases import send_daily_mails as use_case

events = Blueprint(__name__)


@scheduled(events, "rate(1 hour)")
def send_daily_mails(budget: TimeBudget) -> None:
    """Send the mails of the users whose day has begun, while there is time."""
    holder, now = clock.new_id("run"), clock.now()
    count = use_case.send_daily_mails(holder, budget.has_time, now)
    observability.log("INFO", "daily mails sent", count=count)
