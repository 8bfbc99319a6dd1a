"""Reviewing the leads that wait in quality control (CAM-15 … CAM-17)."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from chalicelib.core.errors import Conflict, Effect
from chalicelib.core.retention import gone
from chalicelib.leads.domain import lead_retention, lead_work
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import Project


def require_reviewable(facts: Facts, now: int) -> None:
    """Raise Conflict with the reason why nobody may review the lead: only a live, real, held one is (CAM-15)."""
    if not facts.is_live(now) or facts.erasing_at is not None:
        raise Conflict("The person of this lead is gone.", "erased")
    if facts.retention.is_held_over(now):
        raise Conflict("Only a legal hold keeps this lead: nobody reviews it.", "legal_hold")
    if facts.test:
        raise Conflict("Nobody reviews a test lead.", "test_lead")
    if facts.status is not Status.HELD:
        raise Conflict("This lead does not wait in quality control.", "not_held")


def is_reviewable(facts: Facts, now: int) -> bool:
    """Tell whether the lead may be reviewed now."""
    try:
        require_reviewable(facts, now)
    except Conflict:
        return False
    return True


def released(facts: Facts, price: Decimal | None, agent_id: str | None, project: Project, now: int) -> Facts:
    """Return the facts of a lead that a reviewer lets through: as if it had been accepted at the door, from now on.

    It has its price, stands in the first stage, and with the agent, whose clock starts, or waits for one (WRK-2).
    What the source was answered stays (INT-9), and so do the checks that failed (CAM-16).
    """
    accepted = replace(
        facts,
        status=Status.ACCEPTED,
        reasons=(),
        price=price,
        stage=project.stages[0],
        reviewed_at=now,
    )
    if agent_id is None:
        return lead_work.unassigned(accepted, now)
    return lead_work.assigned(accepted, agent_id, now)


def rejected(facts: Facts, reason: str, now: int) -> Facts:
    """Return the facts of a lead that a reviewer rejects: the rejected days count, from its receipt (CAM-17, RET-6).

    The initial deadline (RET-11) forbids users to change a lead's retention; a rejection changes none, it makes the
    days apply that were stamped at receipt. It never meets the deadline either: where it moves the due, nothing
    but the campaign's policy has decided, so the due is the base, and a lead past it is gone or in legal hold. Where
    the lead's own setting decides, the due stays, and the lead can be rejected past its base.
    """
    retention = replace(facts.retention, rejected=True)
    return replace(
        facts,
        status=Status.REJECTED,
        reasons=(reason,),
        price=None,
        retention=retention,
        waiting_since=None,
        reviewed_at=now,
    )


def moves_due(before: Facts, after: Facts) -> bool:
    """Tell whether a review moves the lead's due, which is confirmed (RET-12)."""
    return before.retention.due_at != after.retention.due_at


def effect_of_rejection(before: Facts, after: Facts, now: int) -> Effect:
    """Return what rejecting one lead will do to its due, in words and numbers (RET-12)."""
    effect = lead_retention.effect_of(before, after)
    due_now = gone(after.erase_at, now)
    ending = " That has passed: it is erased at once and for good." if due_now else ""
    return Effect(effect.summary + ending, {**effect.numbers, "due_now": int(due_now)})


def effect_of_rejections(changes: Iterable[tuple[Facts, Facts]], now: int) -> Effect:
    """Return what rejecting these leads (each before and after) will do, in words and numbers (RET-12)."""
    found = list(changes)
    moved = [after for before, after in found if moves_due(before, after)]
    due_now = sum(gone(after.erase_at, now) for after in moved)
    summary = (
        f"{len(found)} lead(s) are rejected. {len(moved)} of them get another due by their rejected retention"
    )
    ending = f"; {due_now} are due now and erased at once and for good." if due_now else "."
    return Effect(summary + ending, {"leads": len(found), "moved": len(moved), "due_now": due_now})
