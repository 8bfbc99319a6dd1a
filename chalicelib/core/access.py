"""Roles, permissions and actors: who may do what (ACC-3, ACC-4, ACC-5)."""

from dataclasses import field
from enum import StrEnum
from typing import Literal

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.quick_dataclass import dataclass

ALL_PROJECTS = "*"


class Role(StrEnum):
    """The role of a user in the organisation."""

    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    PRIVACY = "privacy"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """A permission of a user. The role limits which permissions a user may have."""

    LEADS_READ = "leads.read"
    LEADS_WORK = "leads.work"
    LEADS_ASSIGN = "leads.assign"
    LEADS_EXPORT = "leads.export"
    RETENTION_MANAGE = "retention.manage"
    PRIVACY_SEARCH = "privacy.search"
    PRIVACY_FORGET = "privacy.forget"
    PRIVACY_BLOCK = "privacy.block"
    PRIVACY_EXPORT = "privacy.export"
    QUALITY_REVIEW = "quality.review"
    PROJECTS_MANAGE = "projects.manage"
    CAMPAIGNS_MANAGE = "campaigns.manage"
    IMPORTS_MANAGE = "imports.manage"
    AUDIT_READ = "audit.read"
    REPORTS_READ = "reports.read"
    CONFIGURATION_READ = "configuration.read"
    USERS_MANAGE = "users.manage"
    ORGANISATION_MANAGE = "organisation.manage"


_AGENT = frozenset({Permission.LEADS_READ, Permission.LEADS_WORK, Permission.RETENTION_MANAGE})
_PRIVACY = frozenset(
    {
        Permission.LEADS_READ,
        Permission.PRIVACY_SEARCH,
        Permission.PRIVACY_FORGET,
        Permission.PRIVACY_BLOCK,
        Permission.PRIVACY_EXPORT,
        Permission.RETENTION_MANAGE,
        Permission.AUDIT_READ,
    }
)
_AUDITOR = frozenset({Permission.AUDIT_READ, Permission.REPORTS_READ, Permission.CONFIGURATION_READ})
_ADMIN_ONLY = frozenset({Permission.USERS_MANAGE, Permission.ORGANISATION_MANAGE})

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - _ADMIN_ONLY - {Permission.CONFIGURATION_READ},
    Role.AGENT: _AGENT,
    Role.PRIVACY: _PRIVACY,
    Role.AUDITOR: _AUDITOR,
}


def permissions_of(role: Role, withdrawn: frozenset[Permission]) -> frozenset[Permission]:
    """Return the permissions of a user: those of the role, without the withdrawn ones (ACC-3)."""
    return ALLOWED[role] - withdrawn


@dataclass(frozen=True)
class Actor:
    """The user, source credential, job or system that acts. A job may act for a user, `for_user`."""

    kind: Literal["user", "credential", "job", "system"]
    id: str
    role: Role | None = None
    permissions: frozenset[Permission] = frozenset()
    project_ids: frozenset[str] = frozenset()
    campaign_ids: frozenset[str] = frozenset()
    zone: str = field(default="UTC", compare=False)
    for_user: str | None = field(default=None, compare=False)

    @property
    def is_admin(self) -> bool:
        """Return True for an admin, who belongs to every project (ACC-4)."""
        return self.role is Role.ADMIN

    def has(self, permission: Permission) -> bool:
        """Return True if the actor has `permission`."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor has `permission` (ACC-6)."""
        if not self.has(permission):
            raise Forbidden(f"This needs the permission {permission.value}.")

    def belongs_to(self, project_id: str) -> bool:
        """Return True if the actor belongs to the project (ACC-4)."""
        return self.is_admin or project_id in self.project_ids

    def require_project(self, project_id: str) -> None:
        """Raise NotFound unless the actor belongs to the project, as for a project that does not exist (ACC-4)."""
        if not self.belongs_to(project_id):
            raise NotFound("Not found.")


SYSTEM = Actor(kind="system", id="leadwarden")
