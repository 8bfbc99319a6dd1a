"""Reads the users of the organisation."""

from chalicelib.core.access import Actor, Permission
from chalicelib.core.paging import LastKey, Page
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.users import User


def read_user(actor: Actor, user_id: str, now: int) -> User:
    """Return a user. Raise NotFound if they do not exist."""
    actor.require(Permission.USERS_MANAGE)
    return config.get(User, user_id, now)


def list_users(actor: Actor, limit: int, after: LastKey | None) -> Page[User]:
    """Return a page of users, with the disabled users."""
    actor.require(Permission.USERS_MANAGE)
    return config.list_visible(User, limit, after, lambda _: True)
