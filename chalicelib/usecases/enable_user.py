"""Lets a disabled user sign in again."""

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.setup import User
from chalicelib.gateways import identity
from chalicelib.usecases import changes


def enable_user(actor: Actor, user_id: str, now: int) -> User:
    """Enable a user, who has to sign in anew. Safe to repeat: the pool first, then the row, which decides."""
    actor.require(Permission.USERS_MANAGE)
    before = changes.get(User, user_id, now)
    identity.enable(user_id)
    if not before.disabled:
        return before
    return changes.update(before, changes.next_version(before, {"disabled": False}), actor, now, "enabled")
