"""Forgets all leads of one contact, on request (PRI-6)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Effect
from chalicelib.core.quick_dataclass import dataclass
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
    look_again,
    start_forget_order,
)
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts
from chalicelib.privacy.usecases.watch_forgetting import new_watch

_TRIES = 8


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
    asked = entry_id(actor.id, keep_out, *forgetting.named_as(found))
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
    effect = forgetting.effect_of(counted.named, keep_out, more=counted.more, contacts=found, actor=actor)
    bound = forgetting.binding_of_contact(actor, found, keep_out)
    confirmed = confirmations.require(confirmation, effect, bound)
    if keep_out:
        suppress_contacts(actor, found, confirmed.digest, now)
        if len(counted.named) <= forgetting.INLINE:
            counted = count_forgettable(actor, found, now)
    if len(counted.named) > forgetting.INLINE:
        start_forget_order(actor, found, confirmed.digest, asked, effect, len(counted.named), now)
        return _Begun(effect, confirmed.digest, [], counted.named)
    _store(actor, found, _Begun(effect, confirmed.digest, counted.facts), asked, now)
    return _Begun(effect, confirmed.digest, counted.facts)


def _store(actor: Actor, found: Sequence[ContactRef], begun: _Begun, asked: str, now: int) -> None:
    """Store what to erase, with the order that looks once more (PRI-8a). Two equal requests at once store the same."""
    ids = [one.lead_id for one in begun.leads]
    watch = new_watch(actor, begun.job_id, ids, asked, begun.effect.summary, now)

    def attempt(number: int) -> None:
        if number and jobs.get(begun.job_id, now) is not None:
            return
        look_again(actor, found, begun.digest, begun.effect, now, watch)

    retrying(attempt, tries=_TRIES, message="Others are giving orders to forget: repeat the request.")


def contacts_named(actor: Actor, kind: str, contact: str, now: int) -> list[ContactRef]:
    """Return one ref for each normal form of a contact in the actor's projects. Raise Invalid if it cannot be read.

    A national number may be different numbers in different projects. Then each ref has the scopes that read it so, and
    a project that cannot read the number has none (PRI-6).
    """
    by_scope = normals_of(kind, contact, scopes_of(actor), now)
    refs = refs_of(kind, sorted(set(by_scope.values())), now)
    if len(refs) == 1:
        return [ContactRef(kind, normal, one) for normal, one in refs.items()]
    scopes = {normal: tuple(scope for scope in by_scope if by_scope[scope] == normal) for normal in refs}
    return [ContactRef(kind, normal, one, scopes[normal]) for normal, one in refs.items()]


def leads_of(actor: Actor, found: Sequence[ContactRef], now: int) -> list[Facts]:
    """Return the facts of all leads of the contacts in the actor's projects, newest first."""
    named: dict[str, list[ContactRef]] = {}
    for contact in found:
        for ref in contact.refs.in_turn:
            for lead_id in contact_index.list_leads(ref, now):
                named.setdefault(lead_id, []).append(contact)
    visible = [
        facts
        for facts in leads.get_many(named, now).values()
        if facts.erased_at is None
        and any(contact.is_of(actor, facts.project_id) for contact in named[facts.lead_id])
    ]
    return sorted(visible, key=lambda facts: (-facts.received_at, facts.lead_id))
