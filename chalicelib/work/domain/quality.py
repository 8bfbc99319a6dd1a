"""The review of leads in quality control (CAM-15 … CAM-17)."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from chalicelib.core.errors import Conflict, Effect
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import gone
from chalicelib.leads.domain import lead_retention, lead_work
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import Project


@dataclass(frozen=True)
class ChosenAgent:
    """The agent whom a reviewer chooses for a released lead; None for nobody."""

    user_id: str | None


def require_reviewable(facts: Facts, now: int) -> None:
    """Raise Conflict with the reason why the lead cannot be reviewed: it must be live, real and held (CAM-15)."""
    if not facts.is_live(now) or facts.erasing_at is not None:
        raise Conflict("The person of this lead is gone.", "erased")
    if facts.retention.is_kept_by_hold(now):
        raise Conflict("Only a legal hold keeps this lead, so it cannot be reviewed.", "legal_hold")
    if facts.test:
        raise Conflict("A test lead cannot be reviewed.", "test_lead")
    if facts.status is not Status.HELD:
        raise Conflict("This lead is not in quality control.", "not_held")


def is_reviewable(facts: Facts, now: int) -> bool:
    """Return True if the lead may be reviewed now."""
    try:
        require_reviewable(facts, now)
    except Conflict:
        return False
    return True


def release(facts: Facts, price: Decimal | None, agent_id: str | None, project: Project, now: int) -> Facts:
    """Return the facts of a lead that a reviewer releases: like an accepted lead, from now on.

    It gets its price and the first stage. It gets the agent, whose clock starts, or waits for one (WRK-2). The
    source's answer stays (INT-9), and so do the failed checks (CAM-16).
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


def reject(facts: Facts, reason: str, now: int) -> Facts:
    """Return the facts of a lead that a reviewer rejects: the rejected days count from its receipt (CAM-17, RET-6).

    After the initial deadline users cannot change a lead's retention (RET-11). A rejection does not change it: it
    applies the days that were stamped at receipt. There is no conflict with that rule. If a rejection moves the
    deadline, only the campaign's policy had set it, so it equals the initial deadline. A lead past it is gone or under
    a legal hold. If the lead's own setting applies, the deadline stays, and the lead can be rejected after its initial
    deadline.
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
    """Return True if a review moves the lead's deadline, which needs a confirmation (RET-12)."""
    return before.retention.due_at != after.retention.due_at


def effect_of_rejection(before: Facts, after: Facts, now: int) -> Effect:
    """Return the effect of rejecting one lead on its deadline, in words and numbers (RET-12)."""
    effect = lead_retention.effect_of(before, after)
    due_now = gone(after.erase_at, now)
    ending = " That time has passed, so it is erased immediately. This cannot be undone." if due_now else ""
    return Effect(effect.summary + ending, {**effect.numbers, "due_now": int(due_now)})


def effect_of_rejections(changes: Iterable[tuple[Facts, Facts]], now: int) -> Effect:
    """Return the effect of rejecting these leads (each before and after), in words and numbers (RET-12)."""
    reviewed = list(changes)
    moved = [after for before, after in reviewed if moves_due(before, after)]
    due_now = sum(gone(after.erase_at, now) for after in moved)
    summary = (
        f"{len(reviewed)} lead(s) are rejected. The deadline of {len(moved)} moves by the rejected retention"
    )
    ending = f"; {due_now} are erased immediately. This cannot be undone." if due_now else "."
    return Effect(summary + ending, {"leads": len(reviewed), "moved": len(moved), "due_now": due_now})
