"""Why a lead is judged as it is (CAM-18 … CAM-20)."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.campaigns.schemas.campaigns import CampaignDraft
from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.intake.domain.decision import Declined, Evaluation, Replay, RequestError, Stored, TraceEntry
from chalicelib.intake.domain.replays import ReplayedDecision

Verdict = Literal["accepted", "held", "rejected", "duplicate", "refused"]


class TraceLine(Contract):
    """One check: what it came to, by which rule, and what it compared; no personal value."""

    check: str
    outcome: Literal["passed", "failed", "skipped"]
    rule: str
    detail: dict[str, Any] | None = optional_field()

    @classmethod
    def of(cls, line: TraceEntry, *, telling: bool) -> "TraceLine":
        """Return a line as the API shows it; whoever is not told the details sees that it failed."""
        shown = dict(line.detail) if line.detail and (telling or line.check == "shape") else None
        return cls(check=line.check, outcome=line.outcome.value, rule=line.rule, detail=shown)


class DecisionExplanation(Contract):
    """What becomes of the lead, and why; `refused` is what the door answers with an error, whose code is the reason."""

    status: Verdict
    reason: str | None = optional_field()
    trace: list[TraceLine]
    config_version: int

    @classmethod
    def of(cls, decision: Evaluation, config_version: int, *, telling: bool) -> "DecisionExplanation":
        """Return a decision as the API shows it."""
        status, reason = verdict_of(decision)
        trace = [TraceLine.of(line, telling=telling) for line in decision.trace]
        return cls(status=status, reason=reason, trace=trace, config_version=config_version)


def verdict_of(decision: Evaluation) -> tuple[Verdict, str | None]:
    """Return what the source would be answered: status and reason."""
    match decision.decision:
        case RequestError(error):
            return "refused", error.code
        case Declined(reason):
            return "rejected", reason
        case Replay(facts):
            answer = facts.answer
            return (answer.status if answer else facts.status).value, answer.reason if answer else None
        case Stored(status=status, reasons=reasons):
            return status.value, reasons[0] if reasons else None


class DecisionReplay(Contract):
    """A stored decision made again: what was decided then, and what comes out now (CAM-20)."""

    lead_id: str
    then: Verdict
    then_reason: str | None = optional_field()
    same: bool
    again: DecisionExplanation

    @classmethod
    def of(cls, again: ReplayedDecision) -> "DecisionReplay":
        """Return a decision made again as the API shows it."""
        status, reason = again.then
        return cls(
            lead_id=again.facts.lead_id,
            then=status.value,
            then_reason=reason,
            same=again.then == again.again,
            again=DecisionExplanation.of(again.decision, again.version, telling=True),
        )


class ChangedDecision(Contract):
    """A lead that a draft would have judged otherwise."""

    lead_id: str
    received_at: str
    then: Verdict
    then_reason: str | None = optional_field()
    now: Verdict
    now_reason: str | None = optional_field()

    @classmethod
    def of(cls, again: ReplayedDecision) -> "ChangedDecision":
        """Return a lead that would be judged otherwise as the API shows it."""
        (then, then_reason), (now, now_reason) = again.then, again.again
        return cls(
            lead_id=again.facts.lead_id,
            received_at=iso(again.facts.received_at),
            then=then.value,
            then_reason=then_reason,
            now=now.value,
            now_reason=now_reason,
        )


class WouldChange(Contract):
    """One page: which leads would be judged otherwise, and how many were looked at."""

    items: list[ChangedDecision]
    examined: int
    next: str | None


class WhatWouldChangeQuestion(Contract):
    """Settings of the campaign as they might be, over the leads of the last days (CAM-20)."""

    draft: CampaignDraft
    days: int = Field(ge=1, le=90, description="How far to look back.")
    limit: int = Field(default=100, ge=1, le=100, description="How many leads a page looks at.")
    cursor: str | None = Field(default=None, max_length=4096, description="`next` of the page before.")
