"""Gives a source credential a second token, so that the source can change over without downtime."""

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.credentials import LIVE_SECRETS, hash_of_token
from chalicelib.domain.setup import Credential
from chalicelib.usecases import changes


def rotate_credential(actor: Actor, credential_id: str, token: str, now: int) -> Credential:
    """Add a token to a credential; of more than two the oldest stops being good within ten seconds (ACC-2)."""
    actor.require(Permission.USERS_MANAGE)
    before = changes.get(Credential, credential_id, now)
    secrets = (*before.secrets, hash_of_token(token))[-LIVE_SECRETS:]
    return changes.update(before, changes.next_version(before, {"secrets": secrets}), actor, now, "rotated")
