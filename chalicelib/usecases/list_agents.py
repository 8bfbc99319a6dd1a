"""To whom a manager may give leads of a project (ACC-8, WRK-2)."""

from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.setup import User
from chalicelib.usecases import changes
from chalicelib.usecases.read_projects import read_project

Position = dict[str, Any] | None


def list_agents(
    project_id: str, actor: Actor, limit: int, after: Position, now: int
) -> tuple[list[User], Position]:
    """Return a page of the active users who may take leads of a project, in the order they were made.

    Raises Forbidden without `leads.assign`, NotFound for a project that is not the actor's (ACC-4).
    """
    actor.require(Permission.LEADS_ASSIGN)
    read_project(actor, project_id, now)
    return changes.list_visible(User, limit, after, lambda user: user.may_be_assigned(project_id))
