"""A user of the organisation and the user's permissions (ACC-3)."""

from typing import ClassVar

from chalicelib.core.access import Actor, Permission, Role, permissions_of
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.organisation.domain.configuration import ConfigItem


@dataclass(frozen=True, kw_only=True)
class User(ConfigItem):
    """A user of the organisation; the id is the subject in the user pool."""

    CONFIG_KIND: ClassVar[str] = "user"
    WITHHELD: ClassVar[frozenset[str]] = frozenset({"name"})

    email: str
    name: str
    role: Role
    project_ids: tuple[str, ...] = ()
    zone: str = "UTC"
    withdrawn: tuple[Permission, ...] = ()
    disabled: bool = False
    signed_out_at: int = 0

    @property
    def permissions(self) -> frozenset[Permission]:
        """Return the user's permissions (ACC-3)."""
        return permissions_of(self.role, frozenset(self.withdrawn))

    def may_be_assigned(self, project_id: str) -> bool:
        """Return True if leads of a project may be assigned to the user (WRK-2, ACC-8)."""
        works = self.permissions >= {Permission.LEADS_READ, Permission.LEADS_WORK}
        return works and not self.disabled and self.actor.belongs_to(project_id)

    @property
    def actor(self) -> Actor:
        """Return the user as an actor."""
        return Actor(
            kind="user",
            id=self.id,
            role=self.role,
            permissions=self.permissions,
            project_ids=frozenset(self.project_ids),
            zone=self.zone,
        )
