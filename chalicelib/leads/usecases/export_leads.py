"""Exports a campaign's leads of one day with their persons. Each reading is recorded first (ACC-3, PRI-30)."""

from dataclasses import replace

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Permission
from chalicelib.core.errors import Unavailable
from chalicelib.core.paging import Page
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.leads.usecases.list_leads import LeadFilter, LeadPosition, list_leads
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType


class ExportPosition(LeadPosition):
    """A position of an export: its columns are those of one version of the lead type."""

    lead_type_version: int


@dataclass(frozen=True)
class LeadExport(Page[StoredLead, ExportPosition]):
    """A page of an export, and the lead type whose fields are the columns of all its pages."""

    lead_type: LeadType


def export_leads(
    access: Access, wanted: LeadFilter, limit: int, after: ExportPosition | None, now: int
) -> LeadExport:
    """Return a page as `list_leads` does, with persons, and the lead type of the columns.

    Raise Forbidden without `leads.export` or `leads.read`, NotFound for a campaign that the reader may not see
    (ACC-4). Raise Unavailable if a reading cannot be recorded; then nothing is exported.
    """
    access.actor.require(Permission.LEADS_EXPORT)
    page = list_leads(access, replace(wanted, person=True), limit, after, now)
    lead_type = _lead_type(wanted.campaign_id, after, now)
    next_page: ExportPosition | None = None
    if page.next is not None:
        next_page = {**page.next, "lead_type_version": lead_type.version}
    return LeadExport(page.items, next_page, lead_type)


def _lead_type(campaign_id: str, after: ExportPosition | None, now: int) -> LeadType:
    """Return the lead type as it was when the export began, so that its columns stay the same."""
    campaign = configuration.cached(Campaign, campaign_id, now)
    lead_type = configuration.cached(LeadType, campaign.lead_type_id, now) if campaign else None
    if lead_type is not None and after is not None and after["lead_type_version"] != lead_type.version:
        lead_type = configuration.get_version(LeadType, lead_type.id, after["lead_type_version"], now)
    if lead_type is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return lead_type
