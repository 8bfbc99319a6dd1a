"""Reads lead types, which belong to the whole organisation."""

from typing import Any

from chalicelib.domain.setup import LeadType
from chalicelib.usecases import changes

Position = dict[str, Any] | None


def read_lead_type(lead_type_id: str, now: int) -> LeadType:
    """Return a lead type; NotFound if there is none."""
    return changes.get(LeadType, lead_type_id, now)


def list_lead_types(limit: int, after: Position) -> tuple[list[LeadType], Position]:
    """Return a page of lead types."""
    return changes.list_visible(LeadType, limit, after, lambda _: True)
