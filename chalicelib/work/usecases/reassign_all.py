"""Reassign all of a user's leads in one action (WRK-15)."""

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.leads.domain.leads import worklist_of
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.read_projects import all_project_ids
from chalicelib.users.domain.users import User
from chalicelib.work.usecases.assign_lead import require_assignable
from chalicelib.work.usecases.move_leads import KINDS, start_move


def reassign_all(actor: Actor, user_id: str, to_id: str | None, job_id: str, now: int) -> str:
    """Start to reassign all leads of a user, in the actor's projects, to another or to none; return the job's id.

    Raise Forbidden, NotFound for a user who shares no project with the actor (ACC-4), Invalid if the other may
    not have the leads of one of the projects.
    """
    actor.require(Permission.LEADS_ASSIGN)
    projects = [project_id for project_id in all_project_ids() if actor.belongs_to(project_id)]
    user = configuration.get(User, user_id, now)
    with_leads = [project_id for project_id in projects if _has_leads(user_id, project_id, now)]
    if user is None or not (with_leads or any(user.actor.belongs_to(project_id) for project_id in projects)):
        raise NotFound("There is no such user.")
    if to_id == user_id:
        raise Conflict("These are the user's leads already.", "same_user")
    if to_id is not None:
        new_agent = configuration.get(User, to_id, now)
        for project_id in with_leads:
            require_assignable(new_agent, project_id)
    return start_move(actor, user_id, to_id, with_leads, job_id, now)


def _has_leads(user_id: str, project_id: str, now: int) -> bool:
    return any(leads.list_worklist(worklist_of(kind, project_id, user_id), 0, now, 1) for kind in KINDS)
