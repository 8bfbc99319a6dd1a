"""The retention of one lead as users set it (RET-10)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from chalicelib.core.times import read_moment
from chalicelib.http.schemas.base import Confirmable, Contract, value_error
from chalicelib.http.schemas.values import Days, End
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.schemas.leads import LeadRetention

Reason = Literal["consent_renewed", "contract", "legal_obligation", "dispute", "other"]


class RetentionChange(Confirmable):
    """Exactly one of: days from receipt, an exact instant, or no policy with a reason."""

    days: Days | None = None
    until: End | None = Field(
        default=None,
        description="A day, which is included, in the project's zone, or an instant with a zone.",
    )
    none: Literal[True] | None = Field(default=None, description="No policy: the person has no end.")
    reason: Reason | None = Field(default=None, description="Why there is no policy.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.days, self.until, self.none)) != 1:
            raise value_error("one_of", "Give exactly one of days, until and none.")
        if self.none is not None and self.reason is None:
            raise value_error("reason", "With `none`, give a `reason`: why there is no policy.")
        if self.none is None and self.reason is not None:
            raise value_error("reason", "Give a `reason` only with `none`.")
        return self

    def to_domain(self) -> RetentionRequest:
        """Return the request for the use case."""
        return RetentionRequest(
            self.days, None if self.until is None else read_moment(self.until), self.reason
        )


class RetentionResponse(Contract):
    """A lead's retention after the change."""

    lead_id: str
    version: int
    retention: LeadRetention

    @classmethod
    def of(cls, facts: Facts, now: int) -> "RetentionResponse":
        """Return the retention of a lead."""
        return cls(lead_id=facts.lead_id, version=facts.version, retention=LeadRetention.of(facts, now))
