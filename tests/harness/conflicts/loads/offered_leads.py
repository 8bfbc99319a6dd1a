"""Many different leads for one campaign, and how they are stored before a run, in no time."""

from collections.abc import Iterator
from typing import Any

from chalicelib import clock
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.campaigns.usecases.deal_limits import deal_saved_limits
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from chalicelib.leads.domain.leads import Facts
from tests.factories.leads import create_campaign, create_organisation

CAMPAIGN = "cmp_offered"
DAYS_KEPT = 30


def create(**settings: Any) -> None:
    """Create the organisation and the campaign, and deal its limits as the request that saves them."""
    create_organisation()
    campaign = create_campaign(CAMPAIGN, policy=Policy(DAYS_KEPT), **settings)
    deal_saved_limits(Limits(), campaign, clock.now())


def post(number: int) -> IntakeResult:
    """Post one lead, of a person of its own."""
    area, line = divmod(number, 10_000)
    values = {"first_name": f"Person {number}", "phone": f"({201 + area}) 555-{line:04d}"}
    return receive_lead(Submission(CAMPAIGN, values, None, clock.new_id("lead")), clock.now())


def stored(count: int) -> Iterator[Facts]:
    """Store so many leads, one after the other."""
    for number in range(count):
        facts = post(number).facts
        assert facts is not None
        yield facts
