"""Retirements that are to come, and leads given back (WRK-6, WRK-13)."""

from typing import Literal

from pydantic import Field

from chalicelib.http.schemas.base import Confirmable, Contract, Query
from chalicelib.http.schemas.named import NamedUser
from chalicelib.http.schemas.values import Duration, Start
from chalicelib.organisation.schemas.projects import WorkingHours
from chalicelib.work.domain.jobs import Preview, RetirementForecastWork


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
