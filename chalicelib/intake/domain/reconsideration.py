"""A rejected lead is decided on again under today's settings (CAM-26)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.core.errors import Conflict, Effect
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import gone
from chalicelib.core.times import optional_iso
from chalicelib.intake.domain.decision import Evaluation, Stored
from chalicelib.intake.domain.decision_record import code_of, letter_of
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import Project


@dataclass(frozen=True)
class Terms:
    """What an accepted lead gets: the price, the agent if any, and the project with its first stage."""

    price: Decimal | None
    agent_id: str | None
    project: Project


def require_reconsiderable(facts: Facts, now: int) -> None:
    """Raise Conflict with the reason why the lead cannot be reconsidered: it must be live, real and rejected."""
    lead_work.require_changeable(facts, now)
    if facts.test:
        raise Conflict("A test lead cannot be reconsidered.", "test_lead")
    if facts.status is not Status.REJECTED:
        raise Conflict("Only a rejected lead can be reconsidered.", "not_rejected")


def reconsidered(facts: Facts, evaluation: Evaluation, terms: Terms, now: int) -> Facts:
    """Return the facts of a lead that today's settings accept or hold; it goes back to the main retention (RET-6).

    Raise Conflict `still_rejected` if they reject it as well, `deadline_passed` if its deadline by the main policy has
    passed.
    """
    decision = evaluation.decision
    if not isinstance(decision, Stored) or decision.status not in (Status.ACCEPTED, Status.HELD):
        raise Conflict("Today's settings do not accept this lead either.", "still_rejected")
    after = replace(
        facts,
        status=decision.status,
        reasons=decision.reasons,
        failed=tuple(code_of(line) for line in evaluation.failed),
        grade=letter_of(evaluation),
        price=terms.price,
        retention=replace(facts.retention, rejected=False),
        reconsidered_at=now,
    )
    if gone(after.retention.due_at, now):
        raise Conflict("The deadline of this lead by the main retention has passed.", "deadline_passed")
    if decision.status is Status.HELD:
        return replace(after, waiting_since=now)
    after = replace(after, stage=terms.project.stages[0])
    return (
        lead_work.assigned(after, terms.agent_id, now) if terms.agent_id else lead_work.unassigned(after, now)
    )


def effect_of(before: Facts, after: Facts) -> Effect:
    """Return the effect of reconsidering one lead, in words and numbers (RET-12)."""
    ending = optional_iso(after.erase_at)
    kept = "kept without an end" if ending is None else f"erased at {ending}"
    numbers = {
        "status": after.status.value,
        "user_id": after.agent_id,
        "price": None if after.price is None else str(after.price),
        "due_at": optional_iso(after.retention.due_at),
        "due_at_before": optional_iso(before.retention.due_at),
    }
    return Effect(
        f"Today's settings decide: {after.status.value}. The person of this lead is {kept}.", numbers
    )


def effect_of_many(after: Sequence[Facts], others: int) -> Effect:
    """Return the effect of reconsidering many leads, in words and numbers (RET-12)."""
    accepted = sum(facts.status is Status.ACCEPTED for facts in after)
    held = len(after) - accepted
    summary = (
        f"{accepted} lead(s) are accepted and {held} held, under the main retention. {others} do not change."
    )
    return Effect(summary, {"accepted": accepted, "held": held, "unchanged": others})
