"""Actions of users on the leads they work (WRK-3, WRK-4, WRK-14)."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.core.times import read_moment
from chalicelib.http.schemas.base import Confirmable, Contract, value_error
from chalicelib.http.schemas.values import Day, Identifier, Start, Word
from chalicelib.work.domain.activities import CallTag, Comment, LoggedCall, Recordable

_OF_A_KIND = {
    "comment": ({"text"}, set[str]()),
    "call": ({"direction", "result"}, {"minutes", "at", "do_not_call"}),
    "call_tag": ({"tag"}, set[str]()),
}


class NewActivity(Contract):
    """A comment (`text`), a call (`direction`, `result` …) or a call tag (`tag`); optionally the next follow-up."""

    kind: Literal["comment", "call", "call_tag"]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)] | None = (
        Field(default=None, description="Erased with the person. Write only what is needed.")
    )
    direction: Literal["outgoing", "incoming"] | None = None
    result: Literal["answered", "no_answer", "busy", "voicemail", "wrong_number", "failed"] | None = None
    minutes: int | None = Field(default=None, ge=0, le=1440)
    at: Start | None = Field(
        default=None,
        description="When the call took place, if it is recorded later: an instant, or a day in the project's zone.",
    )
    do_not_call: bool | None = Field(
        default=None,
        description="The person asked not to be called: their numbers are blocked for the project.",
    )
    tag: Word | None = Field(default=None, description="One of the project's call tags.")
    follow_up_on: Day | None = Field(default=None, description="The day of the next follow-up.")

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        needed, allowed = _OF_A_KIND[self.kind]
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        if missing := sorted(needed - given):
            raise value_error("required", f"A {self.kind} needs: {', '.join(missing)}.")
        if unknown := sorted(given - needed - allowed - {"kind", "follow_up_on"}):
            raise value_error("unknown", f"A {self.kind} has no: {', '.join(unknown)}.")
        return self

    def to_domain(self) -> Recordable:
        """Return the activity to record."""
        if self.kind == "comment":
            return Comment(self.text or "")
        if self.kind == "call_tag":
            return CallTag(self.tag or "")
        return LoggedCall(
            direction=self.direction or "",
            result=self.result or "",
            minutes=self.minutes,
            at=None if self.at is None else read_moment(self.at),
            do_not_call=bool(self.do_not_call),
        )


class StageChange(Contract):
    """The new stage of a lead, one of its project's."""

    stage: Word


class FollowUp(Contract):
    """The day of the next follow-up, or null for none."""

    on: Day | None


class LeadOutcomeChange(Confirmable):
    """How the lead ended, one of its project's outcomes; null removes the outcome and opens the lead again."""

    outcome: Word | None


class AgentChange(Contract):
    """The agent of the lead; null for none."""

    user_id: Identifier | None
