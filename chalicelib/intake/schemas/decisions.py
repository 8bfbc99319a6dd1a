"""Decisions on leads as the API shows them, with their trace (CAM-18, CAM-19)."""

from typing import Any, Literal

from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.intake.domain.decision import Declined, Evaluation, Replay, RequestError, Stored, TraceEntry

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
