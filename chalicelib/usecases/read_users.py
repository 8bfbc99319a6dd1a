"""Reads the users of the organisation."""

from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.setup import User
from chalicelib.usecases import changes

Position = dict[str, Any] | None


def read_user(actor: Actor, user_id: str, now: int) -> User:
    """Return a user; NotFound if there is none."""
    actor.require(Permission.USERS_MANAGE)
    return changes.get(User, user_id, now)


def list_users(actor: Actor, limit: int, after: Position) -> tuple[list[User], Position]:
    """Return a page of users, disabled ones included."""
    actor.require(Permission.USERS_MANAGE)
    return changes.list_visible(User, limit, after, lambda _: True)
