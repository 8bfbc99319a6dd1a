"""Things with their names beside their ids (ACC-12). The router fills the names in (`http/naming.py`)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from chalicelib.http.schemas.base import Contract, optional_field

Reference = tuple[str, str]
"""The kind of a thing (`user`, `project`, `campaign`, `lead_type`, `credential`) and its id."""


class Named(Contract):
    """A thing with its name. The name is null if the caller may not know it, or if the thing is unknown."""

    KIND: ClassVar[str]

    id: str
    name: str | None = None

    @property
    def reference(self) -> Reference:
        """Return the kind and the id of the thing."""
        return self.KIND, self.id

    @classmethod
    def of(cls, item_id: str | None) -> Self | None:
        """Return the thing with this id, its name not yet filled in; None without an id."""
        return None if item_id is None else cls(id=item_id)


class NamedUser(Named):
    """A user with the name, of a disabled one, too. The name is null if the user is unknown."""

    KIND: ClassVar[str] = "user"


class NamedProject(Named):
    """A project with its name. The name is null for a project you are not in."""

    KIND: ClassVar[str] = "project"


class NamedCampaign(Named):
    """A campaign with its name, of a closed one, too. The name is null for a project you are not in."""

    KIND: ClassVar[str] = "campaign"


class NamedLeadType(Named):
    """A lead type with its name."""

    KIND: ClassVar[str] = "lead_type"


class NamedItem(Contract):
    """A thing of any kind with its name. The name is null if you may not know it, and where the kind has no names."""

    kind: str
    id: str
    name: str | None = None

    @property
    def reference(self) -> Reference:
        """Return the kind and the id of the thing."""
        return self.kind, self.id


class NamedActor(NamedItem):
    """A user, a source credential, a job or the system. Jobs and the system have no name."""


class EffectNames(Contract):
    """The names of the things whose ids an effect has: a user (`user_id`) and projects (`projects`)."""

    user: NamedUser | None = optional_field()
    project_names: list[NamedProject] | None = optional_field()

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> Self:
        """Return what is to be named in an effect."""
        projects = [NamedProject(id=project_id) for project_id in numbers.get("projects", ())]
        return cls(user=NamedUser.of(numbers.get("user_id")), project_names=projects or None)
