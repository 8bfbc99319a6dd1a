"""Changes a source credential's name or campaigns."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.usecases.check_credential import check_credential


def change_credential(
    actor: Actor, credential_id: str, version: int, values: Mapping[str, Any], now: int
) -> Credential:
    """Change a credential's name or campaigns. The change is in force within ten seconds (ACC-2)."""
    actor.require(Permission.USERS_MANAGE)
    before = config.get(Credential, credential_id, now)
    config.require_version(before, version)
    after = config.next_version(before, values)
    check_credential(after, now)
    return config.update(actor, before, after, now)
