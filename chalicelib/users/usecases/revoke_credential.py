"""Revokes a source credential."""

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential


def revoke_credential(actor: Actor, credential_id: str, now: int) -> None:
    """Revoke a credential with all its tokens, within ten seconds (ACC-2).

    If a campaign that requires authentication has no credential left, it accepts no lead. Its findings show this.
    """
    actor.require(Permission.USERS_MANAGE)
    config.delete(actor, config.get(Credential, credential_id, now), "revoked", now)
