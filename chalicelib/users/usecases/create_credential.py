"""Creates a source credential."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential, hash_of_token
from chalicelib.users.usecases.check_credential import check_credential


def create_credential(
    actor: Actor, new_id: str, token: str, values: Mapping[str, Any], now: int
) -> Credential:
    """Create a credential for named campaigns. Only a hash of its token is stored (ACC-2)."""
    actor.require(Permission.USERS_MANAGE)
    credential = Credential(id=new_id, secrets=(hash_of_token(token),), **values)
    check_credential(credential, now)
    return config.create(actor, credential, now)
