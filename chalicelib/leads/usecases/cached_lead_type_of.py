"""Reads the lead type of a lead, cached."""

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.errors import Unavailable
from chalicelib.leads.domain.leads import Facts
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType


def cached_lead_type_of(facts: Facts, now: int) -> LeadType:
    """Return the lead type of the lead's campaign, at most ten seconds old. Raise Unavailable if it cannot be read."""
    campaign = configuration.cached(Campaign, facts.campaign_id, now)
    lead_type = configuration.cached(LeadType, campaign.lead_type_id, now) if campaign else None
    if lead_type is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return lead_type
