"""Projects as the API takes and shows them."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from chalicelib.http.schemas.base import Confirmable, Contract, value_error
from chalicelib.http.schemas.values import (
    Days,
    Duration,
    Name,
    Region,
    RetentionPolicy,
    Version,
    Word,
    Words,
    Zone,
    given_values,
    optional,
)
from chalicelib.organisation.domain.configuration import OutcomeRule, Project
from chalicelib.organisation.domain.working_hours import EXAMPLE, LONGEST, parse_working_hours, words_of


class OutcomeSetting(Contract):
    """An outcome, and the days until the person of a lead with it is erased (RET-7)."""

    outcome: Word
    retention_days: Days | None = None

    def to_domain(self) -> OutcomeRule:
        """Return the rule."""
        return OutcomeRule(self.outcome, self.retention_days)


def _once_each(outcomes: list[OutcomeSetting]) -> list[OutcomeSetting]:
    if len({rule.outcome for rule in outcomes}) != len(outcomes):
        raise value_error("repeated", "An outcome occurs twice.")
    return outcomes


def _working_hours(text: str) -> str:
    try:
        return words_of(parse_working_hours(text))
    except ValueError:
        message = f"Must be hours of the week, such as `{EXAMPLE}`; spans of a day must not overlap."
        raise value_error("working_hours", message) from None


WorkingHours = Annotated[
    str,
    Field(max_length=LONGEST, description=f"Hours of the week, such as `{EXAMPLE}`."),
    AfterValidator(_working_hours),
]
Outcomes = Annotated[list[OutcomeSetting], Field(max_length=50), AfterValidator(_once_each)]


class _Settings(Confirmable):
    region: Region = optional("The default region for reading phone numbers.")
    zone: Zone = optional()
    stages: Words = optional("In order; a new lead is in the first stage.")
    closing_stages: Words = optional()
    call_tags: Words = optional()
    outcomes: Outcomes = optional()
    inactivity: Duration | None = optional(
        "The time without activity after which a lead is retired; null: never."
    )
    warning: Duration | None = optional("How long before the retirement the agent is notified.")
    working_hours: WorkingHours | None = optional(
        "Where `inactivity` and `warning` run only in these hours of the project's zone; null: they always run."
    )
    default_retention: RetentionPolicy = optional("The retention of new campaigns.")

    def values(self) -> dict[str, Any]:
        """Return the fields that were given, as domain values."""
        return given_values(self)


class NewProject(_Settings):
    """A project to add."""

    name: Name


class ProjectChange(_Settings):
    """Changes to a project. A field that is left out keeps its value."""

    version: Version
    name: Name = optional()


class ProjectResponse(Contract):
    """A project."""

    id: str
    version: int
    name: str
    region: str
    zone: str
    stages: list[str]
    closing_stages: list[str]
    call_tags: list[str]
    outcomes: list[OutcomeSetting]
    inactivity: str | None
    warning: str | None
    working_hours: str | None
    default_retention: RetentionPolicy

    @classmethod
    def of(cls, project: Project) -> "ProjectResponse":
        """Return a project as the API shows it."""
        return cls(
            id=project.id,
            version=project.version,
            name=project.name,
            region=project.region,
            zone=project.zone,
            stages=list(project.stages),
            closing_stages=list(project.closing_stages),
            call_tags=list(project.call_tags),
            outcomes=[
                OutcomeSetting(outcome=rule.outcome, retention_days=rule.retention_days)
                for rule in project.outcomes
            ],
            inactivity=project.inactivity,
            warning=project.warning,
            working_hours=project.working_hours,
            default_retention=RetentionPolicy.of(project.default_retention),
        )


class ProjectPage(Contract):
    """One page of projects."""

    items: list[ProjectResponse]
    next: str | None
