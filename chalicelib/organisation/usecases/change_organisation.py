"""Changes the organisation's settings."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import registry
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.organisation.domain.configuration import STATUSES, Organisation
from chalicelib.organisation.usecases import config


def change_organisation(actor: Actor, version: int, values: Mapping[str, Any], now: int) -> Organisation:
    """Change the organisation's settings. Its own statuses differ from the fixed ones (INT-3).

    Raise Conflict `version_conflict` after a concurrent change, `status_in_use` if a campaign has a status that would
    be removed.
    """
    actor.require(Permission.ORGANISATION_MANAGE)
    before = config.get_organisation(now)
    config.require_version(before, version)
    after = config.next_version(before, values)
    _require_own_statuses(after)
    registry.hook("statuses_removed")(set(before.statuses) - set(after.statuses))
    return config.update(actor, before, after, now)


def _require_own_statuses(organisation: Organisation) -> None:
    if set(organisation.statuses) & set(STATUSES):
        message = "These statuses exist already: " + ", ".join(STATUSES) + "."
        raise Invalid("Some fields are not acceptable.", fields=[FieldError("statuses", "reserved", message)])
