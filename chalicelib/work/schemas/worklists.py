"""Worklists of agents and managers (WRK-4, WRK-5, WRK-10 … WRK-13, WRK-15)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from chalicelib.core.access import Role
from chalicelib.http.schemas.base import Confirmable, Contract, PageQuery, Query, optional_field
from chalicelib.http.schemas.named import NamedUser
from chalicelib.http.schemas.values import Duration, Identifier, Start, once_each
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.organisation.schemas.projects import WorkingHours
from chalicelib.users.domain.users import User
from chalicelib.work.domain.jobs import Preview, RetirementForecastWork, WalkWork

LeadIds = Annotated[list[Identifier], Field(min_length=1, max_length=100), AfterValidator(once_each)]


class WorklistQuery(PageQuery):
    """Which of your leads, and whether with their persons."""

    show: Literal["all", "follow_ups", "at_risk", "closed"] = "all"
    person: bool = Field(default=False, description="With the persons; each reading is recorded.")


class ManagedQuery(PageQuery):
    """A page of a project's list, and whether with the persons of its leads."""

    person: bool = Field(default=False, description="With the persons; each reading is recorded.")


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


class LeadResult(Contract):
    """The result for one lead; `error` is the code of the reason why it failed."""

    lead_id: str
    ok: bool
    error: str | None = optional_field()

    @classmethod
    def of(cls, result: BulkItemResult) -> "LeadResult":
        """Return a result as the API shows it."""
        return cls(lead_id=result.lead_id, ok=result.error is None, error=result.error)


class LeadResults(Contract):
    """The result for each lead."""

    results: list[LeadResult]


class ReassignAll(Contract):
    """The new agent of all of a user's leads; null for none, then managers assign them."""

    user_id: Identifier | None


class RestoreRetired(Confirmable):
    """Since when retired leads are given back: the time of the change that retired them."""

    since: Start = Field(
        description="An instant of the last 24 hours, or a day, from its first second in the project's zone."
    )


class RetirementQuery(Query):
    """How many days to forecast, and for which period."""

    days: int = Field(default=30, ge=1, le=366)
    inactivity: Duration | None = Field(
        default=None, description="A period to try, instead of the project's own."
    )
    working_hours: Literal["off"] | WorkingHours | None = Field(
        default=None, description="Working hours to try, instead of the project's own; `off` for none."
    )

    @property
    def preview(self) -> Preview:
        """Return the settings to try."""
        preview: Preview = {}
        if self.inactivity is not None:
            preview["inactivity"] = self.inactivity
        if self.working_hours is not None:
            preview["working_hours"] = None if self.working_hours == "off" else self.working_hours
        return preview


class RetiringOnDay(Contract):
    """How many of an agent's leads retire on one day of the project's zone."""

    date: str
    agent_id: str
    retiring: int


class RetirementForecast(Contract):
    """The days on which leads retire without further activity, soonest first; overdue leads count today (WRK-13)."""

    days: list[RetiringOnDay]
    agents: list[NamedUser] = Field(description="The agents of these days, with their names.")

    @classmethod
    def of(cls, work: RetirementForecastWork) -> "RetirementForecast":
        """Return the forecast as the API shows it."""
        counted = [(day, agent, count) for agent, days in work.tally.items() for day, count in days.items()]
        return cls(
            days=[
                RetiringOnDay(date=day, agent_id=agent, retiring=count)
                for day, agent, count in sorted(counted)
            ],
            agents=[NamedUser(id=agent) for agent in sorted({agent for _, agent, _ in counted})],
        )


class Moved(Contract):
    """How many leads have moved."""

    moved: int

    @classmethod
    def of(cls, work: WalkWork[object]) -> "Moved":
        """Return the number so far."""
        return cls(moved=work.tally["leads"]["moved"])
