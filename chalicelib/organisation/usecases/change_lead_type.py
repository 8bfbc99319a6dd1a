"""Changes a lead type."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.lead_types import require_compatible, validate
from chalicelib.organisation.usecases import config


def change_lead_type(
    actor: Actor, lead_type_id: str, version: int, values: Mapping[str, Any], now: int
) -> LeadType:
    """Change a lead type. Fields are added and retired; the kind of a field never changes (INT-1).

    Raise Conflict `immutable` with the field whose kind would change.
    """
    actor.require(Permission.PROJECTS_MANAGE)
    before = config.get(LeadType, lead_type_id, now)
    config.require_version(before, version)
    after = config.next_version(before, values)
    require_compatible(before.fields, after.fields)
    validate(after.fields)
    return config.update(actor, before, after, now)
