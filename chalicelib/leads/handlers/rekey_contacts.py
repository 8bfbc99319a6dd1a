"""The schedule that migrates contacts to another form (data-model.md, Contacts)."""

from chalice.app import Blueprint

from chalicelib import clock
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.leads.usecases import rekey_contacts as use_case

events = Blueprint(__name__)


@scheduled(events, "rate(5 minutes)")
def rekey_contacts(budget: TimeBudget) -> None:
    """Go on with the migration that an operator started, if one runs."""
    use_case.rekey_contacts(clock.now, budget.has_time, event_id=budget.event_id)
