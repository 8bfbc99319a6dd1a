"""The schedule that carries out forget orders (PRI-8a)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.privacy.usecases import carry_out_forgets as use_case
from chalicelib.privacy.usecases.require_clock import require_clock

events = Blueprint(__name__)


@scheduled(events, "rate(1 minute)")
def carry_out_forgets(budget: TimeBudget) -> None:
    """Carry out the open forget orders, and measure how long the oldest one is open."""
    require_clock(clock.now())
    open_s = use_case.carry_out_forgets(clock.now, budget.has_time, event_id=budget.event_id)
    observability.metric("OldestForgetOrderSeconds", open_s, "Seconds")
