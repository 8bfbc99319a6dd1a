"""Enables a disabled user."""

from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool


def enable_user(actor: Actor, user_id: str, now: int) -> User:
    """Enable a user, who has to sign in again. Safe to repeat: first the pool, then the row, which decides."""
    actor.require(Permission.USERS_MANAGE)
    before = config.get(User, user_id, now)
    user_pool.enable(user_id)
    if not before.disabled:
        return before
    return config.update(
        actor, before, config.next_version(before, {"disabled": False}), now, action="enabled"
    )
