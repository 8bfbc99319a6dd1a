"""Adds a lead type."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.lead_types import validate
from chalicelib.domain.setup import LeadType
from chalicelib.usecases import changes


def create_lead_type(actor: Actor, new_id: str, values: Mapping[str, Any], now: int) -> LeadType:
    """Add a lead type whose fields are sound (INT-1)."""
    actor.require(Permission.PROJECTS_MANAGE)
    lead_type = LeadType(id=new_id, **values)
    validate(lead_type.fields)
    return changes.create(lead_type, actor, now)
