"""Lists of leads to work and to manage (WRK-4, WRK-5, WRK-10 … WRK-13, WRK-15)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from chalicelib.core.access import Role
from chalicelib.http.schemas.base import Contract, PageQuery, Query, optional_field
from chalicelib.http.schemas.values import Identifier, once_each
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.users.domain.users import User
from chalicelib.work.domain.jobs import RetirementForecastWork, WalkWork

LeadIds = Annotated[list[Identifier], Field(min_length=1, max_length=100), AfterValidator(once_each)]


class WorklistQuery(PageQuery):
    """Which of your leads, and whether with the persons."""

    show: Literal["all", "follow_ups", "at_risk", "closed"] = "all"
    person: bool = Field(default=False, description="With the persons; each reading is recorded.")


class ManagedQuery(PageQuery):
    """A page of a project's list, and whether with the persons."""

    person: bool = Field(default=False, description="With the persons; each reading is recorded.")


class Agent(Contract):
    """A user to whom leads of a project may be given."""

    user_id: str
    name: str
    role: Role

    @classmethod
    def of(cls, user: User) -> "Agent":
        """Return a user as who assigns leads sees them."""
        return cls(user_id=user.id, name=user.name, role=user.role)


class AgentPage(Contract):
    """A page of those to whom leads may be given."""

    items: list[Agent]
    next: str | None


class Reassignment(Contract):
    """Leads of one project, and who gets them."""

    lead_ids: LeadIds
    user_id: Identifier


class LeadResult(Contract):
    """What came of one lead; `error` is the code of what stood in the way."""

    lead_id: str
    ok: bool
    error: str | None = optional_field()

    @classmethod
    def of(cls, result: BulkItemResult) -> "LeadResult":
        """Return a result as the API shows it."""
        return cls(lead_id=result.lead_id, ok=result.error is None, error=result.error)


class LeadResults(Contract):
    """What came of each lead."""

    results: list[LeadResult]


class ReassignAll(Contract):
    """Who gets all of a user's leads; null for nobody, then managers assign them."""

    user_id: Identifier | None


class RetirementQuery(Query):
    """How far to look."""

    days: int = Field(default=30, ge=1, le=366)


class RetiringOnDay(Contract):
    """How many of an agent's leads retire on one day of the project's zone."""

    date: str
    agent_id: str
    retiring: int


class RetirementForecast(Contract):
    """The days on which leads retire if nobody does anything, soonest first; what is overdue counts today (WRK-13)."""

    days: list[RetiringOnDay]

    @classmethod
    def of(cls, work: RetirementForecastWork) -> "RetirementForecast":
        """Return the forecast that was counted."""
        counted = [(day, agent, count) for agent, days in work.tally.items() for day, count in days.items()]
        return cls(
            days=[
                RetiringOnDay(date=day, agent_id=agent, retiring=count)
                for day, agent, count in sorted(counted)
            ]
        )


class Moved(Contract):
    """How many leads have moved."""

    moved: int

    @classmethod
    def of(cls, work: WalkWork[object]) -> "Moved":
        """Return what was counted so far."""
        return cls(moved=work.tally["leads"]["moved"])
