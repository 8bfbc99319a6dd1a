"""Changes what a source credential is called and is for."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.setup import Credential
from chalicelib.usecases import changes
from chalicelib.usecases.check_credential import check_credential


def change_credential(
    actor: Actor, credential_id: str, version: int, values: Mapping[str, Any], now: int
) -> Credential:
    """Change a credential's name or campaigns; in force within ten seconds (ACC-2)."""
    actor.require(Permission.USERS_MANAGE)
    before = changes.get(Credential, credential_id, now)
    changes.require_version(before, version)
    after = changes.next_version(before, values)
    check_credential(after, now)
    return changes.update(before, after, actor, now)
