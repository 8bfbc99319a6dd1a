"""Lets a user sign in no more (ACC-8)."""

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.setup import User
from chalicelib.gateways import identity
from chalicelib.usecases import changes
from chalicelib.usecases.check_user import require_not_locked_out


def disable_user(actor: Actor, user_id: str, now: int) -> User:
    """Disable a user: their tokens stand for nobody within ten seconds (ACC-8). Safe to repeat.

    The row decides and is written first; the pool follows, and repeating the request makes it follow again.
    """
    actor.require(Permission.USERS_MANAGE)
    before = changes.read(User, user_id, now)
    after = before
    if not before.disabled:
        after = changes.amended(before, {"disabled": True, "signed_out_at": now})
        require_not_locked_out(actor, after)
        after = changes.save(before, after, actor, now, "disabled")
    identity.disable(user_id)
    return after
