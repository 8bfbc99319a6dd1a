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
    """Invite a user through the user pool and add them with every permission of their role (ACC-1, ACC-3).

    A creation that broke off in between can be repeated. Raises Conflict `user_exists` where the address
    belongs to a user already.
    """
    actor.require(Permission.USERS_MANAGE)
    check_user(User(id="", **values), now)
    user = User(id=user_pool.invite(values["email"], values["name"]), **values)
    if configuration.get(User, user.id, now) is not None:
        raise Conflict("There is a user with this address.", "user_exists")
    return config.create(actor, user, now)


def create_first_admin(email: str, name: str, now: int, *, by_mail: bool = True) -> str:
    """Make sure that this address is an admin who can sign in, and return their id; safe to repeat (ACC-7).

    For the operator of the deployment, who holds its AWS credentials: whoever was locked out comes back so.
    """
    subject = user_pool.invite(email, name, by_mail=by_mail)
    known = configuration.get(User, subject, now)
    if known is None:
        config.create(SYSTEM, User(id=subject, email=email, name=name, role=Role.ADMIN), now)
    elif known.role is not Role.ADMIN or known.disabled or known.withdrawn:
        user_pool.enable(subject)
        values = {"role": Role.ADMIN, "disabled": False, "withdrawn": ()}
        config.update(SYSTEM, known, config.next_version(known, values), now, action="made_admin")
    return subject
