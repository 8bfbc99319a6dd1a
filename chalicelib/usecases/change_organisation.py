"""Changes the settings of the deployment."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.errors import Conflict, FieldError, Invalid
from chalicelib.domain.setup import STATUSES, Campaign, Organisation
from chalicelib.stores import setup
from chalicelib.usecases import changes


def change_organisation(actor: Actor, version: int, values: Mapping[str, Any], now: int) -> Organisation:
    """Change the organisation's settings; its statuses stay apart from the fixed ones, and those in use stay (INT-3).

    Raises Conflict `version_conflict` where someone else was first, `status_in_use` where a campaign has a
    status that would go.
    """
    actor.require(Permission.ORGANISATION_MANAGE)
    before = changes.get_organisation(now)
    changes.require_version(before, version)
    after = changes.next_version(before, values)
    _require_own_statuses(after)
    _require_unused(set(before.statuses) - set(after.statuses))
    return changes.update(before, after, actor, now)


def _require_own_statuses(organisation: Organisation) -> None:
    if set(organisation.statuses) & set(STATUSES):
        message = "These statuses exist already: " + ", ".join(STATUSES) + "."
        raise Invalid("Some fields are not acceptable.", fields=[FieldError("statuses", "reserved", message)])


def _require_unused(gone: set[str]) -> None:
    if gone and any(campaign.status in gone for campaign in setup.list_all(Campaign)):
        raise Conflict("A campaign has a status that would go.", "status_in_use")
