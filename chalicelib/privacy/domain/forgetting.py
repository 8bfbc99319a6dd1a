"""Forget a person on request (PRI-6 … PRI-10)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypedDict

from chalicelib.blocks.domain import Block
from chalicelib.core import contact_points
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.contact_points import Refs
from chalicelib.core.errors import Conflict, Effect
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.jobs.domain import JobWork, WholePosition
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry

BY_FORGET = "forget"
INLINE = 50
MANY = 1000


class ForgetAsked(TypedDict):
    """The leads to erase, the digest of the request, and the confirmed effect."""

    lead_ids: list[str]
    asked: str
    effect: str


class ErasedTally(TypedDict, total=False):
    """The time of each lead's erasure, by its id. It is read from the leads and never stored."""

    erased: dict[str, int]


ForgetWork = JobWork[ForgetAsked, WholePosition, ErasedTally]


@dataclass(frozen=True)
class ContactRef:
    """A contact of a person that is forgotten: its kind, its normal form and its refs.

    `scopes` are the projects, and `*` for all projects, that read the contact so. It is None if every scope that can
    read it reads the same: then the contact is meant in all of them (PRI-6).
    """

    kind: str
    normal: str
    refs: Refs
    scopes: tuple[str, ...] | None = None

    @property
    def ref(self) -> str:
        """Return the ref of new rows of this contact."""
        return self.refs.write

    def is_read_in(self, scope: str) -> bool:
        """Return True if a project, or `*`, reads the contact so."""
        return self.scopes is None or scope in self.scopes

    def is_of(self, actor: Actor, project_id: str) -> bool:
        """Return True if the contact is meant in a project, and the project is the actor's."""
        return self.is_read_in(project_id) and actor.belongs_to(project_id)

    def scopes_for(self, actor: Actor) -> tuple[str, ...]:
        """Return the scopes in which an actor forgets the contact, and blocks it: `*` for all projects (PRI-10)."""
        wanted = forget_scope(actor)
        if self.scopes is None:
            return wanted
        if ALL_PROJECTS in wanted:
            return wanted if ALL_PROJECTS in self.scopes else self.scopes
        return tuple(scope for scope in wanted if scope in self.scopes)

    def projects_for(self, actor: Actor) -> tuple[str, ...]:
        """Return the projects whose leads an actor forgets for the contact; `*` for all projects."""
        if self.scopes is None:
            return forget_scope(actor)
        return tuple(scope for scope in self.scopes if scope != ALL_PROJECTS and actor.belongs_to(scope))

    @property
    def shown(self) -> str:
        """Return the masked contact, a number with its calling code: two readings of one number differ in it."""
        return contact_points.mask_with_country(self.normal)


class CountedLead(NamedTuple):
    """A lead to forget, as its entry in the contact index names it."""

    lead_id: str
    project_id: str


def forgotten(facts: Facts, confirmed_by: str, now: int) -> Facts:
    """Return the facts of a lead whose person ends now by request (RET-8)."""
    return replace(facts, retention=replace(facts.retention, forgotten_at=now), confirmed_by=confirmed_by)


def require_forgettable(facts: Iterable[Facts], now: int) -> None:
    """Raise Conflict `legal_hold` if one of the leads is under a legal hold (RET-19)."""
    if any(lead.retention.has_legal_hold(now) for lead in facts):
        raise Conflict("A lead is under a legal hold; release the hold first.", "legal_hold")


def suppressed(actor: Actor, earlier: Block | None, contact: ContactRef, scope: str, now: int) -> Block:
    """Return the block of a forgotten contact, without its number; the same block if it exists already (PRI-10)."""
    if earlier is None:
        masked = contact_points.mask(contact.normal)
        return Block(
            contact.ref,
            scope,
            now,
            None,
            BY_FORGET,
            actor.id,
            masked,
            reason="other",
            by_user=actor.for_user,
            form=contact.refs.form,
            former_refs=contact.refs.others,
        )
    if earlier.until is None and earlier.number is None:
        return earlier
    return replace(earlier, until=None, number=None, by_kind=BY_FORGET, version=earlier.version + 1)


def effect_of(
    facts: Sequence[Facts | CountedLead],
    keep_out: bool,
    *,
    more: bool = False,
    contacts: Sequence[ContactRef] = (),
    actor: Actor | None = None,
) -> Effect:
    """Return the effect of forgetting these leads (PRI-6). With `more` there are more than were counted (PRI-8a).

    With `contacts` it shows which contacts are meant, masked, and in which projects of the actor. The summary, which
    the ledger keeps, shows none.
    """
    blocked = " The contact is blocked from now on." if keep_out else ""
    count = f"More than {MANY:,} leads" if more else f"{len(facts)} lead(s)"
    numbers: dict[str, Any] = {
        "leads": len(facts),
        "more": more,
        "projects": sorted({lead.project_id for lead in facts}),
        "recipients": [],
        "keep_out": keep_out,
    }
    if contacts and actor is not None:
        numbers["contacts"] = [
            {"contact": one.shown, "projects": sorted(one.projects_for(actor))} for one in contacts
        ]
    readings = f" Your projects read it as {len(contacts)} contacts." if len(contacts) > 1 else ""
    return Effect(f"{count} will be erased immediately. This cannot be undone.{blocked}{readings}", numbers)


def binding_of(actor: Actor, facts: Iterable[Facts], keep_out: bool) -> tuple[str, ...]:
    """Return the binding of the confirmation: the actor, the exact leads, and whether to block (RET-12)."""
    ids = ledger_entries.entry_id(*sorted(lead.lead_id for lead in facts))
    return ("forget", actor.id, ids, str(keep_out))


def binding_of_contact(actor: Actor, contacts: Sequence[ContactRef], keep_out: bool) -> tuple[str, ...]:
    """Return the binding of a contact's forget: the actor, the refs, the scope, and whether to block (PRI-8a).

    It binds no lead ids: meant is every lead of the contact that is there when the confirmed request is answered.
    """
    return (
        "forget_contact",
        actor.id,
        ledger_entries.entry_id(*named_as(contacts)),
        ledger_entries.entry_id(*forget_scope(actor)),
        str(keep_out),
    )


def named_as(contacts: Iterable[ContactRef]) -> list[str]:
    """Return what names these contacts in a digest: their refs, and of several readings the scopes of each."""
    return sorted(" ".join((one.ref, *sorted(one.scopes or ()))) for one in contacts)


def forget_scope(actor: Actor) -> tuple[str, ...]:
    """Return the projects in which an actor forgets: all as an admin, else its own."""
    return (ALL_PROJECTS,) if actor.is_admin else tuple(sorted(actor.project_ids))


def without_number(earlier: Block) -> Block:
    """Return a block of another scope without its readable number; its end stays (PRI-8a)."""
    return earlier if earlier.number is None else replace(earlier, number=None, version=earlier.version + 1)


def started_entry(actor: Actor, facts: Facts, effect: Effect, now: int) -> Entry:
    """Return the entry of the first step: the actor, and the effect that was confirmed (PRI-8, PRI-29)."""
    entry_id = ledger_entries.entry_id("forget_started", facts.lead_id)
    subject = f"lead/{facts.lead_id}"
    return ledger_entries.change(
        actor, subject, "forget_started", now, entry_id, detail={"effect": effect.summary}
    )
