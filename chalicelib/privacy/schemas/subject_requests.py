"""Requests of persons as the API takes and shows them (PRI-34)."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from chalicelib.http.schemas.base import Contract, PageQuery, optional_field, value_error
from chalicelib.http.schemas.named import NamedProject
from chalicelib.http.schemas.values import Identifier, Version, given_values, optional
from chalicelib.privacy.domain.subject_requests import (
    LegalClock,
    SubjectRequest,
    SubjectRequestAnswer,
    SubjectRequestKind,
    SubjectRequestState,
)


def _distinct(ids: list[str]) -> list[str]:
    if len(set(ids)) != len(ids):
        raise value_error("repeated", "A lead occurs twice.")
    return ids


LeadIds = Annotated[list[Identifier], Field(max_length=100), AfterValidator(_distinct)]


class NewSubjectRequest(Contract):
    """A person's request. There is no field for their name or contact: the leads are named by id."""

    kind: SubjectRequestKind
    received_on: date | None = Field(
        default=None, description="The day of receipt; by default today, at most a year ago."
    )
    clock: LegalClock | None = Field(
        default=None,
        description="`gdpr`: due in one month; `ccpa`: in 45 days; by default the organisation's.",
    )
    lead_ids: LeadIds = Field(default_factory=list)


class SubjectRequestChange(Contract):
    """Changes to a request. A field that is left out keeps its value."""

    version: Version
    state: SubjectRequestState = optional()
    answer: SubjectRequestAnswer | None = optional(
        "Required for a closed request, and only allowed for a closed one."
    )
    due_on: date = optional("A later day, within the one extension: three months, or 90 days.")
    lead_ids: LeadIds = optional()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if any(
            getattr(self, name) is None
            for name in ("state", "due_on", "lead_ids")
            if name in self.model_fields_set
        ):
            raise value_error("required", "This field may be left out, but it cannot be null.")
        return self

    def values(self) -> dict[str, Any]:
        """Return the fields to change, as domain values."""
        values = given_values(self)
        return {
            name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()
        }


class SubjectRequestResponse(Contract):
    """A subject request, with its clock and its due day."""

    id: str
    version: int
    kind: SubjectRequestKind
    clock: LegalClock
    received_on: str
    due_on: str
    late: bool = Field(description="Open after its due day.")
    state: SubjectRequestState
    answer: SubjectRequestAnswer | None = optional_field()
    lead_ids: list[str]
    projects: list[NamedProject] = Field(description="The projects of these leads.")

    @classmethod
    def of(cls, request: SubjectRequest, today: str) -> "SubjectRequestResponse":
        """Return a request as the API shows it today."""
        return cls(
            id=request.id,
            version=request.version,
            kind=request.kind,
            clock=request.clock,
            received_on=request.received_on,
            due_on=request.due_on,
            late=request.is_late(today),
            state=request.state,
            answer=request.answer,
            lead_ids=list(request.lead_ids),
            projects=[NamedProject(id=project_id) for project_id in request.project_ids],
        )


class SubjectRequestPage(Contract):
    """A page of requests, in the order they were recorded."""

    items: list[SubjectRequestResponse]
    next: str | None


class SubjectRequestQuery(PageQuery):
    """Which requests to list: all, those in a state, or the late ones."""

    state: SubjectRequestState | None = None
    late: bool | None = Field(default=None, description="true: open after its due day.")
