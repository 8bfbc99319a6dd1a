"""Writes the posting instructions of a campaign (INT-14)."""

from typing import Any

from chalicelib.campaigns.domain.instructions import instructions_page
from chalicelib.campaigns.domain.lead_schema import schema_of
from chalicelib.campaigns.usecases.read_campaigns import get_own_campaign
from chalicelib.core.access import Actor
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.usecases import config


def write_instructions(actor: Actor, campaign_id: str, api_url: str, now: int) -> tuple[dict[str, Any], str]:
    """Return the JSON Schema of a lead and the page for the source, for a campaign of the actor (INT-14)."""
    campaign = get_own_campaign(actor, campaign_id, now)
    lead_type = config.get(LeadType, campaign.lead_type_id, now)
    address = f"{api_url.rstrip('/')}/v1/campaigns/{campaign.id}/leads"
    return schema_of(campaign, lead_type), instructions_page(campaign, lead_type, address)
