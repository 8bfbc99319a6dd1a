"""What users do to the leads they work (WRK-3, WRK-4, WRK-14)."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.core.times import parse_instant
from chalicelib.http.schemas.base import Confirmable, Contract, value_error
from chalicelib.http.schemas.values import Day, Identifier, Instant, Word
from chalicelib.work.domain.activities import CallTag, Comment, LoggedCall, Recordable

_OF_A_KIND = {
    "comment": ({"text"}, set[str]()),
    "call": ({"direction", "result"}, {"minutes", "at", "do_not_call"}),
    "call_tag": ({"tag"}, set[str]()),
}


class NewActivity(Contract):
    """A comment (`text`), a call (`direction`, `result` …) or a call tag (`tag`), and the next follow-up, if any."""

    kind: Literal["comment", "call", "call_tag"]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)] | None = (
        Field(default=None, description="Goes with the person; keep what need not be written out of it.")
    )
    direction: Literal["outgoing", "incoming"] | None = None
    result: Literal["answered", "no_answer", "busy", "voicemail", "wrong_number", "failed"] | None = None
    minutes: int | None = Field(default=None, ge=0, le=1440)
    at: Instant | None = Field(default=None, description="When the call was, if it is recorded later.")
    do_not_call: bool | None = Field(
        default=None,
        description="The person asked not to be called: their numbers are blocked for the project.",
    )
    tag: Word | None = Field(default=None, description="One of the project's call tags.")
    follow_up_on: Day | None = Field(default=None, description="When to look at the lead again.")

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        needed, allowed = _OF_A_KIND[self.kind]
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        if missing := sorted(needed - given):
            raise value_error("required", f"A {self.kind} needs: {', '.join(missing)}.")
        if strange := sorted(given - needed - allowed - {"kind", "follow_up_on"}):
            raise value_error("unknown", f"A {self.kind} has no: {', '.join(strange)}.")
        return self

    def to_domain(self) -> Recordable:
        """Return what is recorded."""
        if self.kind == "comment":
            return Comment(self.text or "")
        if self.kind == "call_tag":
            return CallTag(self.tag or "")
        return LoggedCall(
            direction=self.direction or "",
            result=self.result or "",
            minutes=self.minutes,
            at=None if self.at is None else parse_instant(self.at),
            do_not_call=bool(self.do_not_call),
        )


class StageChange(Contract):
    """The stage a lead is in now; one of its project's."""

    stage: Word


class FollowUp(Contract):
    """The day to look at the lead again, or null."""

    on: Day | None


class LeadOutcomeChange(Confirmable):
    """What became of the lead, one of its project's outcomes; null takes it back and opens the lead again."""

    outcome: Word | None


class AgentChange(Contract):
    """Who works the lead; null for nobody."""

    user_id: Identifier | None
