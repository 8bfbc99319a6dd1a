"""Lets a user sign in no more (ACC-8)."""

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.jobs import Job
from chalicelib.domain.setup import User
from chalicelib.gateways import identity
from chalicelib.usecases import changes
from chalicelib.usecases.check_user import require_not_locked_out
from chalicelib.usecases.move_leads import all_projects, leaving, start, starting


def disable_user(actor: Actor, user_id: str, now: int) -> User:
    """Disable a user: their tokens stand for nobody within ten seconds, their leads are nobody's (ACC-8).

    The row decides; the job that moves the leads to the managers starts in its transaction, and the pool follows.
    Repeating the request makes the pool follow again, and starts the job again if it had given up.
    """
    actor.require(Permission.USERS_MANAGE)
    user = changes.get(User, user_id, now)
    if user.disabled:
        start(_leaving(user, actor, now), now)
    else:
        user = _disabled(user, actor, now)
    identity.disable(user_id)
    return user


def _disabled(before: User, actor: Actor, now: int) -> User:
    after = changes.next_version(before, {"disabled": True, "signed_out_at": now})
    require_not_locked_out(actor, after)
    beside = starting(_leaving(after, actor, now), now)
    return changes.update(before, after, actor, now, "disabled", extra_writes=beside)


def _leaving(user: User, actor: Actor, now: int) -> Job:
    return leaving(user.id, all_projects(), f"job_disabled_{user.id}_{user.version}", actor, now)
