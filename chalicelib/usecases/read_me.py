"""What a user is told about themselves."""

from chalicelib.domain.access import Actor
from chalicelib.domain.errors import NotFound
from chalicelib.domain.setup import Project, User
from chalicelib.stores import setup


def read_me(actor: Actor, now: int) -> tuple[User, list[str]]:
    """Return the user and the ids of the projects they belong to: for an admin all there are (ACC-4)."""
    user = setup.get(User, actor.id, now)
    if user is None:
        raise NotFound("There is no such thing.")
    if actor.is_admin:
        return user, [project.id for project in setup.list_all(Project)]
    return user, list(user.project_ids)
