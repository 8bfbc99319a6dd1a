"""The schedule that tells agents of the leads assigned to them (WRK-2)."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.observability import observed
from chalicelib.usecases import tell_agents as use_case

_RESERVE_MS = 20_000

notice_schedule = Blueprint(__name__)


@notice_schedule.schedule("rate(1 minute)")
@observed
def tell_agents(event: CloudWatchEvent) -> None:
    """Tell who waits to be told, while there is time."""
    context: Any = event.context
    count = use_case.tell_agents(clock.now(), lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)
    observability.log("INFO", "agents told", count=count)
