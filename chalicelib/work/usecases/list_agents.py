"""List the users to whom a manager may assign leads of a project (ACC-8, WRK-2)."""

from chalicelib.core.access import Actor, Permission
from chalicelib.core.paging import LastKey, Page
from chalicelib.organisation.usecases import config
from chalicelib.organisation.usecases.read_projects import read_project
from chalicelib.users.domain.users import User


def list_agents(actor: Actor, project_id: str, limit: int, after: LastKey | None, now: int) -> Page[User]:
    """Return a page of the active users who may be assigned leads of a project, in the order of creation.

    Raise Forbidden without `leads.assign`, NotFound for a project that is not the actor's (ACC-4).
    """
    actor.require(Permission.LEADS_ASSIGN)
    read_project(actor, project_id, now)
    return config.list_visible(User, limit, after, lambda user: user.may_be_assigned(project_id))
