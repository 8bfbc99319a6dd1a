"""Forgetting a person on request (PRI-6 … PRI-10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from chalicelib.blocks.domain import Block
from chalicelib.core import contact_points
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.errors import Conflict, Effect
from chalicelib.jobs.domain import JobWork, WholePosition
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry

BY_FORGET = "forget"
INLINE = 50


class ForgetAsked(TypedDict):
    """Which leads are erased, by which request (its digest), and the effect that was confirmed."""

    lead_ids: list[str]
    asked: str
    effect: str


class ErasedTally(TypedDict, total=False):
    """When each lead was erased, by its id; it is read from the leads and never stored."""

    erased: dict[str, int]


ForgetWork = JobWork[ForgetAsked, WholePosition, ErasedTally]


@dataclass(frozen=True)
class ContactRef:
    """A contact of somebody to be forgotten: its kind, its normal form and its ref."""

    kind: str
    normal: str
    ref: str


def forgotten(facts: Facts, confirmed_by: str, now: int) -> Facts:
    """Return the facts of a lead that is due now, by request and for good (RET-8)."""
    return replace(facts, retention=replace(facts.retention, forgotten_at=now), confirmed_by=confirmed_by)


def require_forgettable(facts: Iterable[Facts], now: int) -> None:
    """Raise Conflict `legal_hold` if one of the leads must be kept for a stated ground (RET-19)."""
    if any(one.retention.is_held(now) for one in facts):
        raise Conflict("A legal hold stands: release it first.", "legal_hold")


def suppression_scopes(actor: Actor) -> tuple[str, ...]:
    """Return where an actor keeps a contact out: everywhere as an admin, else in its own projects (PRI-10)."""
    return (ALL_PROJECTS,) if actor.is_admin else tuple(sorted(actor.project_ids))


def suppressed(actor: Actor, earlier: Block | None, contact: ContactRef, scope: str, now: int) -> Block:
    """Return the block that keeps a forgotten contact out, without its number; the same one if it does (PRI-10)."""
    if earlier is None:
        masked = contact_points.mask(contact.normal)
        return Block(contact.ref, scope, now, None, BY_FORGET, actor.id, masked, reason="other")
    if earlier.until is None and earlier.number is None:
        return earlier
    return replace(earlier, until=None, number=None, by_kind=BY_FORGET, version=earlier.version + 1)


def effect_of(facts: Sequence[Facts], keep_out: bool) -> Effect:
    """Return what forgetting these leads will do: it cannot be undone, and says so (PRI-6)."""
    kept = " The contact is kept out from now on." if keep_out else ""
    summary = f"{len(facts)} lead(s) will be erased at once and for good. This cannot be undone.{kept}"
    projects = sorted({one.project_id for one in facts})
    return Effect(
        summary, {"leads": len(facts), "projects": projects, "recipients": [], "keep_out": keep_out}
    )


def binding_of(actor: Actor, facts: Iterable[Facts], keep_out: bool) -> tuple[str, ...]:
    """Return what the confirmation is bound to: who, exactly which leads, and whether to keep out (RET-12)."""
    ids = ledger_entries.entry_id(*sorted(one.lead_id for one in facts))
    return ("forget", actor.id, ids, str(keep_out))


def started_entry(actor: Actor, facts: Facts, effect: Effect, now: int) -> Entry:
    """Return the entry of the first step: who asked, and the effect that was confirmed (PRI-8, PRI-29)."""
    entry_id = ledger_entries.entry_id("forget_started", facts.lead_id)
    subject = f"lead/{facts.lead_id}"
    return ledger_entries.change(
        actor, subject, "forget_started", now, entry_id, detail={"effect": effect.summary}
    )
