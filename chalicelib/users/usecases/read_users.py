"""Reads the users of the organisation."""

from chalicelib.core.access import Actor, Permission
from chalicelib.core.paging import LastKey, Page
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.users import User


def read_user(actor: Actor, user_id: str, now: int) -> User:
    """Return a user; NotFound if there is none."""
    actor.require(Permission.USERS_MANAGE)
    return config.get(User, user_id, now)


def list_users(actor: Actor, limit: int, after: LastKey | None) -> Page[User]:
    """Return a page of users, disabled ones included."""
    actor.require(Permission.USERS_MANAGE)
    return config.list_visible(User, limit, after, lambda _: True)
