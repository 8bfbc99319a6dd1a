"""Lets a user sign in no more (ACC-8)."""

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.setup import User
from chalicelib.gateways import identity
from chalicelib.usecases import changes
from chalicelib.usecases.check_user import require_not_locked_out
from chalicelib.usecases.move_leads import all_projects, start_move


def disable_user(actor: Actor, user_id: str, now: int) -> User:
    """Disable a user: their tokens stand for nobody within ten seconds, their leads are nobody's (ACC-8).

    The row decides and is written first; the pool follows, and a job that moves the leads to the managers.
    Repeating the request makes both follow again.
    """
    actor.require(Permission.USERS_MANAGE)
    before = changes.read(User, user_id, now)
    after = before
    if not before.disabled:
        after = changes.amended(before, {"disabled": True, "signed_out_at": now})
        require_not_locked_out(actor, after)
        after = changes.save(before, after, actor, now, "disabled")
    identity.disable(user_id)
    start_move(user_id, None, all_projects(), f"job_disabled_{user_id}_{after.version}", actor, now)
    return after
