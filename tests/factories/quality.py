"""Test data for quality control: a campaign that holds its leads, held leads, and statistics."""

from decimal import Decimal
from typing import Any

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.campaigns.domain.campaign_settings import Quality
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.leads.domain.leads import Facts, Status
from tests.factories.leads import LEAD, NOW, create_lead
from tests.harness.api import add_item

HOLDING = "cmp_q"
_NAMES = {*Status, "erased"}


def create_bare_campaign(campaign_id: str, **settings: Any) -> Campaign:
    """Create a campaign of the example project with these settings, and return it."""
    values: dict[str, Any] = {
        "version": 1,
        "name": "Web",
        "project_id": "prj_1",
        "lead_type_id": "lt_1",
        "source": "site",
        "price": Decimal("15.00"),
        "retention": Policy(10, 3),
    }
    campaign = Campaign(id=campaign_id, **values | settings)
    add_item(campaign)
    return campaign


def create_holding_campaign(agent: str | None = None, **settings: Any) -> Campaign:
    """Create a campaign that holds every lead for quality control."""
    options = {"quality": Quality(hold_all=True), "assignment": Assignment(user_id=agent)} | settings
    return create_bare_campaign(HOLDING, **options)


def create_held_lead(lead_id: str = "lead_1", now: int = NOW, **more: Any) -> Facts:
    """Post a lead that is held for quality control."""
    facts = create_lead(lead_id, now, HOLDING, LEAD, **more)
    assert facts.status is Status.HELD
    return facts


def status_counts(campaign_id: str = HOLDING) -> dict[str, int]:
    """Return a campaign's leads by status, and erased ones, from its statistics, without zeros."""
    result = counters.read_day(f"statistics#{campaign_id}", utc_day(NOW))
    return {name: number for name, number in result.items() if number and name in _NAMES}
