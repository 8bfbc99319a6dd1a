"""Reads what an actor may do now, for work that goes on after the request that started it (ACC-11)."""

from typing import Any, cast

from chalicelib.core.access import Actor
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User


def current_actor(kind: str, actor_id: str, now: int) -> Actor:
    """Return a user with the rights of this moment. A disabled or unknown user, and any other actor, has none.

    It is a strongly consistent read, never a cached one. Raise Unavailable if it fails: then nothing is done.
    """
    user = configuration.get(User, actor_id, now) if kind == "user" else None
    if user is None or user.disabled:
        return Actor(kind=cast(Any, kind), id=actor_id)
    return user.actor
