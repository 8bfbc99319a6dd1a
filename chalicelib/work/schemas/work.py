"""Actions of users on the leads they work (WRK-3, WRK-4, WRK-14)."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from chalicelib.core.times import read_moment
from chalicelib.http.schemas.base import Confirmable, Contract, value_error
from chalicelib.http.schemas.values import Day, Identifier, Start, Word, once_each
from chalicelib.work.domain.activities import CallTag, Comment, Conversation, LoggedCall, Recordable, single

_OF_A_KIND = {
    "comment": ({"text"}, set[str]()),
    "call": ({"direction", "result"}, {"minutes", "at", "do_not_call"}),
    "call_tag": ({"tag"}, set[str]()),
}
_CONVERSATION = {"call", "tags", "comment", "stage", "outcome"}
_BESIDES = {"kind", "follow_up_on", "confirm"}
_SINGLE = "With `kind`: "

Direction = Literal["outgoing", "incoming"]
Result = Literal["answered", "no_answer", "busy", "voicemail", "wrong_number", "failed"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
Tags = Annotated[list[Word], Field(min_length=1, max_length=10), AfterValidator(once_each)]


class Call(Contract):
    """A call with the person, or the attempt of one."""

    direction: Direction
    result: Result
    minutes: int | None = Field(default=None, ge=0, le=1440)
    at: Start | None = Field(
        default=None,
        description="When it took place, if it is recorded later: an instant, or a day in the project's zone.",
    )
    do_not_call: bool = Field(
        default=False,
        description="The person asked not to be called: their numbers are blocked for the project.",
    )

    def to_domain(self) -> LoggedCall:
        """Return the call to record."""
        at = None if self.at is None else read_moment(self.at)
        return LoggedCall(self.direction, self.result, self.minutes, at, self.do_not_call)


class NewActivity(Confirmable):
    """What was done with a lead: any of call, tags, comment, stage, outcome and next follow-up, all or nothing.

    With `kind` it is one comment (`text`), one call (`direction`, `result` …) or one call tag (`tag`), with the next
    follow-up at most.
    """

    call: Call | None = None
    tags: Tags | None = Field(default=None, description="Of the project's call tags.")
    comment: Text | None = Field(
        default=None, description="Erased with the person. Write only what is needed."
    )
    stage: Word | None = Field(default=None, description="The new stage of the lead, one of its project's.")
    outcome: Word | None = Field(
        default=None,
        description="How the lead ended. May need a confirmation; PUT …/outcome removes one.",
    )
    follow_up_on: Day | None = Field(default=None, description="The day of the next follow-up.")
    kind: Literal["comment", "call", "call_tag"] | None = Field(
        default=None, description="For one activity in the fields below, instead of the fields above."
    )
    text: Text | None = Field(default=None, description=f"{_SINGLE}the comment.")
    direction: Direction | None = Field(default=None, description=f"{_SINGLE}as in `call`.")
    result: Result | None = Field(default=None, description=f"{_SINGLE}as in `call`.")
    minutes: int | None = Field(default=None, ge=0, le=1440, description=f"{_SINGLE}as in `call`.")
    at: Start | None = Field(default=None, description=f"{_SINGLE}as in `call`.")
    do_not_call: bool | None = Field(default=None, description=f"{_SINGLE}as in `call`.")
    tag: Word | None = Field(default=None, description=f"{_SINGLE}one of the project's call tags.")

    @model_validator(mode="after")
    def _of_one_form(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None} - _BESIDES
        if self.kind is not None:
            needed, allowed = _OF_A_KIND[self.kind]
            if missing := sorted(needed - given):
                raise value_error("required", f"A {self.kind} needs: {', '.join(missing)}.")
            if unknown := sorted(given - needed - allowed):
                raise value_error("unknown", f"A {self.kind} has no: {', '.join(unknown)}.")
        elif unknown := sorted(given - _CONVERSATION):
            raise value_error("unknown", f"These fields need `kind`: {', '.join(unknown)}.")
        elif not given and self.follow_up_on is None:
            names = ", ".join((*sorted(_CONVERSATION), "follow_up_on"))
            raise value_error("required", f"An activity needs at least one of: {names}.")
        return self

    def to_domain(self) -> Conversation:
        """Return the conversation to record."""
        if self.kind is not None:
            return single(self._single(), self.follow_up_on)
        return Conversation(
            call=None if self.call is None else self.call.to_domain(),
            tags=tuple(map(CallTag, self.tags or ())),
            comment=None if self.comment is None else Comment(self.comment),
            stage=self.stage,
            outcome=self.outcome,
            follow_up_on=self.follow_up_on,
        )

    def _single(self) -> Recordable:
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
