"""The schedule that notifies agents of new leads, and campaigns' addresses of leads without consent (WRK-2, CAM-11)."""

from chalice.app import Blueprint

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.work.usecases import notify_agents as use_case
from chalicelib.work.usecases.notify_missing_consent import notify_missing_consent

events = Blueprint(__name__)


@scheduled(events, "rate(1 minute)", name="tell_agents")
def notify_agents(budget: TimeBudget) -> None:
    """Notify agents of new leads, and addresses of leads without consent, while there is time."""
    holder = clock.new_id("run")
    observability.log(
        "INFO", "agents notified", count=use_case.notify_agents(holder, budget.has_time, clock.now())
    )
    observability.log(
        "INFO", "campaigns notified", count=notify_missing_consent(holder, budget.has_time, clock.now())
    )
