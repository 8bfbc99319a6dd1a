"""Changes a user."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import registry
from chalicelib.core.access import Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.organisation.usecases.read_projects import all_project_ids
from chalicelib.users.domain.users import User
from chalicelib.users.usecases.check_user import check_user, require_not_locked_out, within_role


def change_user(actor: Actor, user_id: str, version: int, values: Mapping[str, Any], now: int) -> User:
    """Change a user's name, role, projects, zone or withdrawn permissions, in force within ten seconds (ACC-3).

    After a change of the role, withdrawals that the new role does not have are dropped. A job moves leads that the
    user may no longer work to the managers; it starts in the same transaction (WRK-15).
    Raise Conflict `version_conflict`, or `own_account` if an admin would lock themselves out.
    """
    actor.require(Permission.USERS_MANAGE)
    before = config.get(User, user_id, now)
    config.require_version(before, version)
    if "role" in values and "withdrawn" not in values:
        values = {**values, "withdrawn": within_role(before.withdrawn, values["role"])}
    after = config.next_version(before, values)
    check_user(after, now)
    require_not_locked_out(actor, after)
    lost = [
        project_id
        for project_id in all_project_ids()
        if before.may_be_assigned(project_id) and not after.may_be_assigned(project_id)
    ]
    if not lost:
        return config.update(actor, before, after, now)
    move_leads = registry.hook("user_leaves")
    job = move_leads.unassign_job(actor, user_id, lost, f"job_removed_{user_id}_{after.version}", now)
    return config.update(actor, before, after, now, extra_writes=move_leads.start_writes(job, now))
