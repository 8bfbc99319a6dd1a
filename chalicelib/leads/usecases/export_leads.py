"""A campaign's leads of a day leave the house, with their persons; each is recorded first (ACC-3, PRI-30)."""

from dataclasses import replace
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Permission
from chalicelib.core.errors import Unavailable
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.leads.usecases.list_leads import LeadFilter, list_leads
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType


def export_leads(
    access: Access, wanted: LeadFilter, limit: int, after: dict[str, Any] | None, now: int
) -> tuple[list[StoredLead], LeadType, dict[str, Any] | None]:
    """Return what `list_leads` does, with persons, and the lead type whose fields all pages of the export have.

    Raises Forbidden without `leads.export` or `leads.read`, NotFound for a campaign that does not exist for the
    reader (ACC-4), Unavailable if a reading cannot be recorded, and then nothing is exported.
    """
    access.actor.require(Permission.LEADS_EXPORT)
    found, following = list_leads(access, replace(wanted, person=True), limit, after, now)
    lead_type = _lead_type(wanted.campaign_id, after, now)
    return found, lead_type, following and {**following, "lead_type_version": lead_type.version}


def _lead_type(campaign_id: str, after: dict[str, Any] | None, now: int) -> LeadType:
    """Return the lead type as it was when the export began, so that its columns stay the same."""
    campaign = configuration.cached(Campaign, campaign_id, now)
    lead_type = configuration.cached(LeadType, campaign.lead_type_id, now) if campaign else None
    if lead_type is not None and after is not None and after["lead_type_version"] != lead_type.version:
        lead_type = configuration.get_version(LeadType, lead_type.id, after["lead_type_version"], now)
    if lead_type is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return lead_type
