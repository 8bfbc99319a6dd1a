"""Checks a user's rights before they are saved (ACC-3)."""

from collections.abc import Iterator

from chalicelib.core.access import ALLOWED, Actor, Permission, Role
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.users.domain.users import User


def check_user(user: User, now: int) -> None:
    """Raise Invalid if a project does not exist, or the role lacks a withdrawn permission (ACC-3)."""
    errors = [*_projects(user, now), *_permissions(user)]
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)


def require_not_locked_out(actor: Actor, after: User) -> None:
    """Raise Conflict `own_account` if an admin would take users.manage from themselves."""
    if actor.id == after.id and (after.disabled or Permission.USERS_MANAGE not in after.permissions):
        raise Conflict("You cannot take the permission users.manage from yourself.", "own_account")


def within_role(withdrawn: tuple[Permission, ...], role: Role) -> tuple[Permission, ...]:
    """Return those withdrawn permissions that the role has (ACC-3)."""
    return tuple(permission for permission in withdrawn if permission in ALLOWED[role])


def _projects(user: User, now: int) -> Iterator[FieldError]:
    for position, project_id in enumerate(user.project_ids):
        if configuration.get(Project, project_id, now) is None:
            yield FieldError(f"project_ids.{position}", "unknown", "There is no such project.")


def _permissions(user: User) -> Iterator[FieldError]:
    for position, permission in enumerate(user.withdrawn):
        if permission not in ALLOWED[user.role]:
            message = f"The role does not have this permission; it has: {listed(sorted(ALLOWED[user.role]))}."
            yield FieldError(f"withdrawn.{position}", "not_in_role", message)
