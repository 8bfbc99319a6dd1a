"""Takes a source credential away."""

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.setup import Credential
from chalicelib.usecases import changes


def revoke_credential(actor: Actor, credential_id: str, now: int) -> None:
    """Revoke a credential with all its tokens, within ten seconds (ACC-2).

    A campaign that requires authentication and is left without one takes nothing in; its findings say so.
    """
    actor.require(Permission.USERS_MANAGE)
    changes.delete(changes.get(Credential, credential_id, now), actor, now, "revoked")
