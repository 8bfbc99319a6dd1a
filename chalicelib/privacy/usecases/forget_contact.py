"""Forgets all leads of one contact, on request (PRI-6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Effect
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import FORGET_ORDER
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, leads
from chalicelib.ledger.domain.entries import Access, Entry, entry_id
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.contact_refs import normals_of, refs_of
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef, CountedLead, ForgetAsked
from chalicelib.privacy.usecases.forget_lead import erase
from chalicelib.privacy.usecases.prove_contact import contact_proof
from chalicelib.privacy.usecases.start_forget_order import (
    count_forgettable,
    count_leads,
    job_id_of,
    start_forget_order,
)
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts
from chalicelib.privacy.usecases.watch_forgetting import start_watch


@dataclass(frozen=True)
class Forgotten:
    """The result of forgetting a contact: the receipts of the erased leads, or the job that has them later."""

    receipts: tuple[Entry, ...] = ()
    job_id: str | None = None
    digests: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Begun:
    """An erasure that was begun: the confirmed effect, the confirmation's digest, its leads.

    By an order, `named` are the leads of which the ledger may name the first thousand.
    """

    effect: Effect
    digest: str
    leads: list[Facts]
    named: list[CountedLead] | None = None

    @property
    def job_id(self) -> str:
        """Return the id of the job that stores it."""
        return job_id_of(self.digest)


def forget_contact(
    access: Access,
    kind: str,
    contact: str,
    keep_out: bool,
    confirmation: Confirmation | None,
    now: int,
    *,
    nonce: str = "",
    request_id: str = "",
) -> Forgotten:
    """Erase every lead of a contact that the actor may see, once confirmed (PRI-6). The look-up is recorded (PRI-5).

    With a nonce, which the person gets, the ledger first records the forgotten leads under its digest (PRI-32).

    Up to fifty leads are erased at once. For more an order is written: from then on no reader sees the persons, and
    `carry_out_forgets` erases them (PRI-8a). The result then has the `job_id`, by which the progress can be read.
    Raise Invalid if the contact cannot be read, Conflict `legal_hold` if a lead is under a legal hold, Throttled if too
    many orders are open, and ConfirmationRequired with the effect. The erasure is stored first, under the confirmation:
    a repeated request completes the same erasure and returns the same receipts.
    """
    actor = access.actor
    actor.require(Permission.PRIVACY_FORGET)
    found = contacts_named(actor, kind, contact, now)
    if request_id:  # the effect tells how many leads the contact has: it is recorded like a search (PRI-5)
        access = Access(actor, "search", request_id)
        record_search(access, (one.ref for one in found), cached_organisation(now), now)
    asked = entry_id(actor.id, keep_out, *sorted(one.ref for one in found))
    begun = _begun(actor, found, confirmation, asked, now)
    if begun is None:
        record_search(access, (one.ref for one in found), cached_organisation(now), now)
        begun = _begin(actor, found, keep_out, confirmation, asked, now)
    job_id = None if begun.named is None else begun.job_id
    digests = contact_proof(actor, found, begun.named or begun.leads, nonce, now, job_id) if nonce else ()
    if job_id is not None:
        return Forgotten(job_id=job_id, digests=digests)
    receipts = tuple(erase(actor, facts, begun.effect, begun.digest, now) for facts in begun.leads)
    return Forgotten(receipts, digests=digests)


def _begun(
    actor: Actor, found: Sequence[ContactRef], confirmation: Confirmation | None, asked: str, now: int
) -> _Begun | None:
    """Return the erasure that was begun under this confirmation, or None."""
    job = None if confirmation is None else jobs.get(job_id_of(confirmation.digest), now)
    if confirmation is None or job is None or job.work.asked.get("asked") != asked:
        return None
    effect = Effect(job.work.asked["effect"], {})
    if job.work.kind == FORGET_ORDER:
        return _Begun(effect, confirmation.digest, [], count_leads(actor, found, now).named)
    content: ForgetAsked = job.work.asked
    stored = leads.get_many_as_stored(content["lead_ids"], now)
    return _Begun(effect, confirmation.digest, list(stored.values()))


def _begin(
    actor: Actor,
    found: Sequence[ContactRef],
    keep_out: bool,
    confirmation: Confirmation | None,
    asked: str,
    now: int,
) -> _Begun:
    """Block the contacts, if that is asked, and store what to erase. Nothing is erased yet.

    A lead that came in before the blocks were made is erased too, although it was not confirmed. So the leads are
    listed again after the blocks. A later lead is erased when it is processed (PRI-10).
    """
    counted = count_forgettable(actor, found, now)
    effect = forgetting.effect_of(counted.named, keep_out, more=counted.more)
    bound = forgetting.binding_of_contact(actor, (one.ref for one in found), keep_out)
    confirmed = confirmations.require(confirmation, effect, bound)
    if keep_out:
        suppress_contacts(actor, found, forgetting.suppression_scopes(actor), confirmed.digest, now)
        if len(counted.named) <= forgetting.INLINE:
            counted = count_forgettable(actor, found, now)
    if len(counted.named) > forgetting.INLINE:
        start_forget_order(actor, found, confirmed.digest, asked, effect, len(counted.named), now)
        return _Begun(effect, confirmed.digest, [], counted.named)
    ids = [one.lead_id for one in counted.facts]
    start_watch(actor, job_id_of(confirmed.digest), ids, asked, effect.summary, now)
    return _Begun(effect, confirmed.digest, counted.facts)


def contacts_named(actor: Actor, kind: str, contact: str, now: int) -> list[ContactRef]:
    """Return one ref for each normal form of a contact in the actor's projects. Raise Invalid if it cannot be read."""
    normals = set(normals_of(kind, contact, scopes_of(actor), now).values())
    return [ContactRef(kind, normal, refs) for normal, refs in refs_of(kind, sorted(normals), now).items()]


def leads_of(actor: Actor, found: Sequence[ContactRef], now: int) -> list[Facts]:
    """Return the facts of all leads of the contacts in the actor's projects, newest first."""
    refs = dict.fromkeys(ref for contact in found for ref in contact.refs.in_turn)
    ids = [lead_id for ref in refs for lead_id in contact_index.list_leads(ref, now)]
    visible = [
        facts
        for facts in leads.get_many(ids, now).values()
        if actor.belongs_to(facts.project_id) and facts.erased_at is None
    ]
    return sorted(visible, key=lambda facts: (-facts.received_at, facts.lead_id))
