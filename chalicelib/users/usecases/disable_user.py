"""Disables a user (ACC-8)."""

from chalicelib.core import registry
from chalicelib.core.access import Actor, Permission
from chalicelib.jobs.domain import Job
from chalicelib.organisation.usecases import config
from chalicelib.organisation.usecases.read_projects import all_project_ids
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from chalicelib.users.usecases.check_user import require_not_locked_out


def disable_user(actor: Actor, user_id: str, now: int) -> User:
    """Disable a user. Within ten seconds their tokens are not valid; their leads are unassigned (ACC-8).

    The row decides. A job moves the leads to the managers; it starts in the row's transaction. Then the user is
    disabled in the pool. A repeated request disables the user in the pool again, and restarts a job that gave up.
    """
    actor.require(Permission.USERS_MANAGE)
    user = config.get(User, user_id, now)
    if user.disabled:
        registry.hook("user_leaves").start(_leaving(actor, user, now), now)
    else:
        user = _disabled(actor, user, now)
    user_pool.disable(user_id)
    return user


def _disabled(actor: Actor, before: User, now: int) -> User:
    after = config.next_version(before, {"disabled": True, "signed_out_at": now})
    require_not_locked_out(actor, after)
    extra_writes = registry.hook("user_leaves").start_writes(_leaving(actor, after, now), now)
    return config.update(actor, before, after, now, action="disabled", extra_writes=extra_writes)


def _leaving(actor: Actor, user: User, now: int) -> Job:
    job_id = f"job_disabled_{user.id}_{user.version}"
    job: Job = registry.hook("user_leaves").unassign_job(actor, user.id, all_project_ids(), job_id, now)
    return job
