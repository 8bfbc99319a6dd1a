"""Decisions on leads as the API shows them: dry run, replay, and what a draft would change (CAM-18 … CAM-20)."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.campaigns.schemas.campaigns import CampaignDraft
from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.intake.domain.decision import Declined, Evaluation, Replay, RequestError, Stored, TraceEntry
from chalicelib.intake.domain.replays import ReplayedDecision

Verdict = Literal["accepted", "held", "rejected", "duplicate", "refused"]


class TraceLine(Contract):
    """One check: its outcome, its rule, and what it compared; no personal value."""

    check: str
    outcome: Literal["passed", "failed", "skipped"]
    rule: str
    detail: dict[str, Any] | None = optional_field()

    @classmethod
    def of(cls, entry: TraceEntry, *, show_detail: bool) -> "TraceLine":
        """Return a trace entry as the API shows it; the details need `show_detail`, except those of the shape."""
        detail = dict(entry.detail) if entry.detail and (show_detail or entry.check == "shape") else None
        return cls(check=entry.check, outcome=entry.outcome.value, rule=entry.rule, detail=detail)


class DecisionExplanation(Contract):
    """What becomes of the lead, and why. `refused` means an error as answer; its code is the reason."""

    status: Verdict
    reason: str | None = optional_field()
    trace: list[TraceLine]
    config_version: int

    @classmethod
    def of(cls, decision: Evaluation, config_version: int, *, show_detail: bool) -> "DecisionExplanation":
        """Return a decision as the API shows it."""
        status, reason = verdict_of(decision)
        trace = [TraceLine.of(entry, show_detail=show_detail) for entry in decision.trace]
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
    """A stored decision made again: the first decision, and the one that results now (CAM-20)."""

    lead_id: str
    then: Verdict
    then_reason: str | None = optional_field()
    same: bool
    again: DecisionExplanation

    @classmethod
    def of(cls, again: ReplayedDecision) -> "DecisionReplay":
        """Return a replayed decision as the API shows it."""
        status, reason = again.then
        return cls(
            lead_id=again.facts.lead_id,
            then=status.value,
            then_reason=reason,
            same=again.then == again.again,
            again=DecisionExplanation.of(again.decision, again.version, show_detail=True),
        )


class ChangedDecision(Contract):
    """A lead that a draft of the settings would decide differently."""

    lead_id: str
    received_at: str
    then: Verdict
    then_reason: str | None = optional_field()
    now: Verdict
    now_reason: str | None = optional_field()

    @classmethod
    def of(cls, again: ReplayedDecision) -> "ChangedDecision":
        """Return such a lead as the API shows it."""
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
    """One page: the leads with another decision, and how many leads were evaluated."""

    items: list[ChangedDecision]
    examined: int
    next: str | None


class WhatWouldChangeQuestion(Contract):
    """Draft settings of the campaign, to be applied to the leads of the last days (CAM-20)."""

    draft: CampaignDraft
    days: int = Field(ge=1, le=90, description="How far to look back.")
    limit: int = Field(default=100, ge=1, le=100, description="How many leads a page evaluates.")
    cursor: str | None = Field(default=None, max_length=4096, description="`next` of the page before.")
