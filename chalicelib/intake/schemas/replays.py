"""A stored decision made again, as the API shows it (CAM-20)."""

from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.intake.domain.replays import ReplayedDecision
from chalicelib.intake.schemas.decisions import DecisionExplanation, Verdict


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
