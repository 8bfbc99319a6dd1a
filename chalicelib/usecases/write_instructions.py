"""Writes the posting instructions of a campaign (INT-14)."""

from typing import Any

from chalicelib.domain.access import Actor
from chalicelib.domain.instructions import page_of
from chalicelib.domain.lead_schema import schema_of
from chalicelib.domain.setup import LeadType
from chalicelib.usecases import changes
from chalicelib.usecases.read_campaigns import own_campaign


def write_instructions(actor: Actor, campaign_id: str, api_url: str, now: int) -> tuple[dict[str, Any], str]:
    """Return the JSON Schema of a lead and the page for the source of a campaign of one's own (INT-14)."""
    campaign = own_campaign(actor, campaign_id, now)
    lead_type = changes.get(LeadType, campaign.lead_type_id, now)
    address = f"{api_url.rstrip('/')}/v1/campaigns/{campaign.id}/leads"
    return schema_of(campaign, lead_type), page_of(campaign, lead_type, address)
