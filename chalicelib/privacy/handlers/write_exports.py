"""The schedule that writes and removes the exports of persons (PRI-33)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.privacy.usecases import write_exports as use_case

events = Blueprint(__name__)


@scheduled(events, "rate(1 minute)")
def write_exports(budget: TimeBudget) -> None:
    """Write waiting exports and remove expired ones, while there is time."""
    count = use_case.write_exports(budget.has_time, clock.now())
    observability.log("INFO", "exports written or removed", count=count)
