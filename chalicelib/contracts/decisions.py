"""Why a lead is judged as it is (CAM-18 … CAM-20)."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.contracts.base import Contract, absent
from chalicelib.contracts.campaigns import CampaignDraft
from chalicelib.domain.intake import Decision, Line, Refused, Replayed, Settled, TurnedAway
from chalicelib.domain.replays import Redecided
from chalicelib.domain.times import iso

Verdict = Literal["accepted", "held", "rejected", "duplicate", "refused"]


class TraceLine(Contract):
    """One check: what it came to, by which rule, and what it compared; no personal value."""

    check: str
    outcome: Literal["passed", "failed", "skipped"]
    rule: str
    detail: dict[str, Any] | None = absent()

    @classmethod
    def of(cls, line: Line, *, telling: bool) -> "TraceLine":
        """Return a line as the API shows it; whoever is not told the details sees that it failed."""
        shown = dict(line.detail) if line.detail and (telling or line.check == "shape") else None
        return cls(check=line.check, outcome=line.outcome.value, rule=line.rule, detail=shown)


class Explanation(Contract):
    """What becomes of the lead, and why; `refused` is what the door answers with an error, whose code is the reason."""

    status: Verdict
    reason: str | None = absent()
    trace: list[TraceLine]
    config_version: int

    @classmethod
    def of(cls, decision: Decision, config_version: int, *, telling: bool) -> "Explanation":
        """Return a decision as the API shows it."""
        status, reason = verdict_of(decision)
        trace = [TraceLine.of(line, telling=telling) for line in decision.trace]
        return cls(status=status, reason=reason, trace=trace, config_version=config_version)


def verdict_of(decision: Decision) -> tuple[Verdict, str | None]:
    """Return what the source would be answered: status and reason."""
    match decision.ending:
        case Refused(error):
            return "refused", error.code
        case TurnedAway(reason):
            return "rejected", reason
        case Replayed(facts):
            answer = facts.answer
            return (answer.status if answer else facts.status).value, answer.reason if answer else None
        case Settled(status=status, reasons=reasons):
            return status.value, reasons[0] if reasons else None


class Replay(Contract):
    """A stored decision made again: what was decided then, and what comes out now (CAM-20)."""

    lead_id: str
    then: Verdict
    then_reason: str | None = absent()
    same: bool
    again: Explanation

    @classmethod
    def of(cls, again: Redecided) -> "Replay":
        """Return a decision made again as the API shows it."""
        status, reason = again.then
        return cls(
            lead_id=again.facts.lead_id,
            then=status.value,
            then_reason=reason,
            same=again.then == again.again,
            again=Explanation.of(again.decision, again.version, telling=True),
        )


class Changed(Contract):
    """A lead that a draft would have judged otherwise."""

    lead_id: str
    received_at: str
    then: Verdict
    then_reason: str | None = absent()
    now: Verdict
    now_reason: str | None = absent()

    @classmethod
    def of(cls, again: Redecided) -> "Changed":
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

    items: list[Changed]
    examined: int
    next: str | None


class DraftQuestion(Contract):
    """Settings of the campaign as they might be, over the leads of the last days (CAM-20)."""

    draft: CampaignDraft
    days: int = Field(ge=1, le=90, description="How far to look back.")
    limit: int = Field(default=100, ge=1, le=100, description="How many leads a page looks at.")
    cursor: str | None = Field(default=None, max_length=4096, description="`next` of the page before.")
