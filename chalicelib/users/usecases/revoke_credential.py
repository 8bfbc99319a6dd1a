"""Takes a source credential away."""

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential


def revoke_credential(actor: Actor, credential_id: str, now: int) -> None:
    """Revoke a credential with all its tokens, within ten seconds (ACC-2).

    A campaign that requires authentication and is left without one takes nothing in; its findings say so.
    """
    actor.require(Permission.USERS_MANAGE)
    config.delete(actor, config.get(Credential, credential_id, now), "revoked", now)
