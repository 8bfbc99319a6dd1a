"""The agents of a project, and leads that move to another (WRK-11, WRK-15)."""

from chalicelib.core.access import Role
from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.values import Identifier
from chalicelib.users.domain.users import User
from chalicelib.work.domain.jobs import WalkWork
from chalicelib.work.schemas.lead_results import LeadIds


class Agent(Contract):
    """A user to whom leads of a project may be assigned."""

    user_id: str
    name: str
    role: Role

    @classmethod
    def of(cls, user: User) -> "Agent":
        """Return a user as the API shows them to managers."""
        return cls(user_id=user.id, name=user.name, role=user.role)


class AgentPage(Contract):
    """A page of users to whom leads may be assigned."""

    items: list[Agent]
    next: str | None


class Reassignment(Contract):
    """Leads of one project, and their new agent."""

    lead_ids: LeadIds
    user_id: Identifier


class ReassignAll(Contract):
    """The new agent of all of a user's leads; null for none, then managers assign them."""

    user_id: Identifier | None


class Moved(Contract):
    """How many leads have moved."""

    moved: int

    @classmethod
    def of(cls, work: WalkWork[object]) -> "Moved":
        """Return the number so far."""
        return cls(moved=work.tally["leads"]["moved"])
