"""Changes a lead type."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.lead_types import require_compatible, validate
from chalicelib.domain.setup import LeadType
from chalicelib.usecases import changes


def change_lead_type(
    actor: Actor, lead_type_id: str, version: int, values: Mapping[str, Any], now: int
) -> LeadType:
    """Change a lead type: fields are added and retired, the kind of one never changes (INT-1).

    Raises Conflict `immutable` naming the field whose kind would change.
    """
    actor.require(Permission.PROJECTS_MANAGE)
    before = changes.get(LeadType, lead_type_id, now)
    changes.require_version(before, version)
    after = changes.next_version(before, values)
    require_compatible(before.fields, after.fields)
    validate(after.fields)
    return changes.update(before, after, actor, now)
