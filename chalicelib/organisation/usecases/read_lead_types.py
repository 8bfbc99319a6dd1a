"""Reads lead types, which belong to the whole organisation."""

from chalicelib.core.paging import LastKey, Page
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.usecases import config


def read_lead_type(lead_type_id: str, now: int) -> LeadType:
    """Return a lead type. Raise NotFound if it does not exist."""
    return config.get(LeadType, lead_type_id, now)


def list_lead_types(limit: int, after: LastKey | None) -> Page[LeadType]:
    """Return a page of lead types."""
    return config.list_visible(LeadType, limit, after, lambda _: True)
