"""Adds a lead type."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.lead_types import validate
from chalicelib.organisation.usecases import config


def create_lead_type(actor: Actor, new_id: str, values: Mapping[str, Any], now: int) -> LeadType:
    """Add a lead type. Raise Invalid if its fields are not valid (INT-1)."""
    actor.require(Permission.PROJECTS_MANAGE)
    lead_type = LeadType(id=new_id, **values)
    validate(lead_type.fields)
    return config.create(actor, lead_type, now)
