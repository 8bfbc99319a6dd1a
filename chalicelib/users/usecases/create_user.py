"""Adds a user."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.access import SYSTEM, Actor, Permission, Role
from chalicelib.core.errors import Conflict
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from chalicelib.users.usecases.check_user import check_user


def create_user(actor: Actor, values: Mapping[str, Any], now: int) -> User:
    """Invite a user through the user pool, and add them with all permissions of their role (ACC-1, ACC-3).

    A creation that failed halfway can be repeated. Raise Conflict `user_exists` if a user has this address.
    """
    actor.require(Permission.USERS_MANAGE)
    check_user(User(id="", **values), now)
    user = User(id=user_pool.invite(values["email"], values["name"]), **values)
    if configuration.get(User, user.id, now) is not None:
        raise Conflict("A user has this address already.", "user_exists")
    return config.create(actor, user, now)


def create_first_admin(email: str, name: str, now: int, *, by_mail: bool = True) -> str:
    """Make the user of this address an admin who can sign in, and return their id. Safe to repeat (ACC-7).

    For the operator of the deployment, with its AWS credentials. It also restores an admin who was locked out.
    """
    subject = user_pool.invite(email, name, by_mail=by_mail)
    user = configuration.get(User, subject, now)
    if user is None:
        config.create(SYSTEM, User(id=subject, email=email, name=name, role=Role.ADMIN), now)
    elif user.role is not Role.ADMIN or user.disabled or user.withdrawn:
        user_pool.enable(subject)
        values = {"role": Role.ADMIN, "disabled": False, "withdrawn": ()}
        config.update(SYSTEM, user, config.next_version(user, values), now, action="made_admin")
    return subject
