"""The schedule that tells agents of leads assigned to them, and addresses of leads without consent (WRK-2, CAM-11)."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.observability import observe
from chalicelib.work.usecases import notify_agents as use_case
from chalicelib.work.usecases.notify_missing_consent import notify_missing_consent

_RESERVE_MS = 20_000

events = Blueprint(__name__)


@events.schedule("rate(1 minute)")
@observe
def tell_agents(event: CloudWatchEvent) -> None:
    """Tell who waits to be told, while there is time."""
    context: Any = event.context

    def go_on() -> bool:
        return bool(context.get_remaining_time_in_millis() > _RESERVE_MS)

    holder = clock.new_id("run")
    observability.log("INFO", "agents told", count=use_case.notify_agents(holder, go_on, clock.now()))
    observability.log("INFO", "campaigns told", count=notify_missing_consent(holder, go_on, clock.now()))
