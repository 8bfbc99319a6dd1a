"""Reads the signed-in user."""

from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.users.domain.users import User


def read_me(actor: Actor, now: int) -> tuple[User, list[str]]:
    """Return the user and the ids of their projects; an admin belongs to all projects (ACC-4)."""
    user = configuration.get(User, actor.id, now)
    if user is None:
        raise NotFound("Not found.")
    if actor.is_admin:
        return user, [project.id for project in configuration.list_all(Project)]
    return user, list(user.project_ids)
