"""The schedule that sends agents their mail of the day (WRK-12)."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.observability import observe
from chalicelib.work.usecases import send_daily_mails as use_case

_RESERVE_MS = 20_000

events = Blueprint(__name__)


@events.schedule("rate(1 hour)")
@observe
def send_daily_mails(event: CloudWatchEvent) -> None:
    """Send the mails of the users whose day has begun, while there is time."""
    context: Any = event.context
    holder, now = clock.new_id("run"), clock.now()
    count = use_case.send_daily_mails(
        holder, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS, now
    )
    observability.log("INFO", "daily mails sent", count=count)
