"""The schedule that writes exports for persons and removes them (PRI-33)."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.observability import observe
from chalicelib.privacy.usecases import write_exports as use_case

_RESERVE_MS = 20_000

events = Blueprint(__name__)


@events.schedule("rate(1 minute)")
@observe
def write_exports(event: CloudWatchEvent) -> None:
    """Write what waits and remove what is over, while there is time."""
    context: Any = event.context
    count = use_case.write_exports(lambda: context.get_remaining_time_in_millis() > _RESERVE_MS, clock.now())
    observability.log("INFO", "exports dealt with", count=count)
