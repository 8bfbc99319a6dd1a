"""Users as the API takes and shows them (ACC-1, ACC-3)."""

from typing import Annotated, Any

from pydantic import Field

from chalicelib.core.access import Permission, Role
from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.named import NamedProject
from chalicelib.http.schemas.values import Email, Identifiers, Name, Version, Zone, given_values, optional
from chalicelib.users.domain.users import User

Permissions = Annotated[list[Permission], Field(max_length=len(Permission))]


class _Settings(Contract):
    project_ids: Identifiers = optional("Admins belong to every project.")
    zone: Zone = optional()
    withdrawn: Permissions = optional("Permissions of the role that this user does not have.")

    def values(self) -> dict[str, Any]:
        """Return the fields that were given, as domain values."""
        return given_values(self)


class NewUser(_Settings):
    """A user to invite."""

    email: Email
    name: Name
    role: Role


class UserChange(_Settings):
    """Changes to a user. A field that is left out keeps its value."""

    version: Version
    name: Name = optional()
    role: Role = optional()


class AddressChange(Contract):
    """The new address with which a user signs in."""

    version: Version
    email: Email


class UserResponse(Contract):
    """A user. `permissions` are those of the role without the withdrawn permissions."""

    id: str
    version: int
    email: str
    name: str
    role: Role
    project_ids: list[str]
    projects: list[NamedProject]
    zone: str
    withdrawn: list[Permission]
    permissions: list[Permission]
    disabled: bool

    @classmethod
    def of(cls, user: User) -> "UserResponse":
        """Return a user as the API shows them."""
        return cls(
            id=user.id,
            version=user.version,
            email=user.email,
            name=user.name,
            role=user.role,
            project_ids=list(user.project_ids),
            projects=[NamedProject(id=project_id) for project_id in user.project_ids],
            zone=user.zone,
            withdrawn=sorted(user.withdrawn),
            permissions=sorted(user.permissions),
            disabled=user.disabled,
        )


class UserPage(Contract):
    """One page of users."""

    items: list[UserResponse]
    next: str | None
