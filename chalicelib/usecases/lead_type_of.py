"""The lead type of a lead, as of at most ten seconds ago."""

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.leads import Facts
from chalicelib.domain.setup import Campaign, LeadType
from chalicelib.stores import setup


def lead_type_of(facts: Facts, now: int) -> LeadType:
    """Return the type of the lead's campaign; Unavailable if it cannot be read."""
    campaign = setup.cached(Campaign, facts.campaign_id, now)
    lead_type = setup.cached(LeadType, campaign.lead_type_id, now) if campaign else None
    if lead_type is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return lead_type
