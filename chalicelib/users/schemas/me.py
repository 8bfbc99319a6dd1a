"""The signed-in user as the API shows them."""

from pydantic import Field

from chalicelib.core.access import Permission, Role
from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.named import NamedProject
from chalicelib.users.domain.users import User


class Me(Contract):
    """The signed-in user, with permissions and projects."""

    id: str
    email: str
    name: str
    role: Role
    permissions: list[Permission]
    projects: list[str]
    project_names: list[NamedProject] = Field(description="The same projects, with their names.")
    zone: str

    @classmethod
    def of(cls, user: User, project_ids: list[str]) -> "Me":
        """Return the user as they see themselves. Admins belong to every project (ACC-4)."""
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role,
            permissions=sorted(user.permissions),
            projects=project_ids,
            project_names=[NamedProject(id=project_id) for project_id in project_ids],
            zone=user.zone,
        )
