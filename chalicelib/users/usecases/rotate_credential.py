"""Adds a second token to a source credential, so that the source can switch without downtime."""

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import LIVE_SECRETS, Credential, hash_of_token


def rotate_credential(actor: Actor, credential_id: str, token: str, now: int) -> Credential:
    """Add a token to a credential. It has two tokens at most: the oldest expires within ten seconds (ACC-2)."""
    actor.require(Permission.USERS_MANAGE)
    before = config.get(Credential, credential_id, now)
    secrets = (*before.secrets, hash_of_token(token))[-LIVE_SECRETS:]
    return config.update(
        actor, before, config.next_version(before, {"secrets": secrets}), now, action="rotated"
    )
