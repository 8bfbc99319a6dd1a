"""Everything held on one contact is forgotten on request (PRI-6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.domain import confirmation as confirmations
from chalicelib.domain import forgetting
from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.confirmation import Confirmation
from chalicelib.domain.errors import Effect
from chalicelib.domain.forgetting import Contact
from chalicelib.domain.leads import Facts
from chalicelib.domain.ledger import Entry, entry_id
from chalicelib.stores import batch, contacts, jobs, leads
from chalicelib.usecases.contact_refs import normals_of, refs_of
from chalicelib.usecases.forget_lead import erase
from chalicelib.usecases.keep_out import keep_out_contacts
from chalicelib.usecases.list_blocks import scopes_of
from chalicelib.usecases.mark_forgotten import mark_forgotten
from chalicelib.usecases.prove_contact import prove_contact
from chalicelib.usecases.watch_forgetting import start_watch

_AT_ONCE = 100


@dataclass(frozen=True)
class Forgotten:
    """What forgetting a contact came to: the receipts of the leads it erased, or the job to ask for them."""

    receipts: tuple[Entry, ...] = ()
    job_id: str | None = None
    digests: tuple[str, ...] = ()


def forget_contact(
    kind: str,
    contact: str,
    keep_out: bool,
    confirmation: Confirmation | None,
    actor: Actor,
    now: int,
    nonce: str = "",
) -> Forgotten:
    """Erase every lead of a contact that the actor may see, once that is confirmed (PRI-6).

    With a nonce, which the person is given, the record first notes what is forgotten under its digest (PRI-32).

    More than fifty are made due at once, so that nobody sees them any more, and their rows are removed by the
    schedule; then the answer is `job_id`, under which to ask how far that is.
    Raises Invalid for what can be no contact, Conflict `legal_hold` if one of the leads is held,
    ConfirmationRequired with the effect. Which leads it means is noted first, under the confirmation: repeated
    after a crash or a lost answer it completes the same erasure and gives the same receipts.
    """
    actor.require(Permission.PRIVACY_FORGET)
    found = contacts_named(kind, contact, actor, now)
    asked = entry_id(actor.id, keep_out, *sorted(one.ref for one in found))
    facts = _begun(confirmation, asked, now)
    if facts is None:
        facts = leads_of(found, actor, now)
        forgetting.require_forgettable(facts, now)
        effect = forgetting.effect_of(facts, keep_out)
        bound = forgetting.binding_of(actor, facts, keep_out)
        confirmation = confirmations.require(confirmation, effect, bound)
        start_watch(_job_id(confirmation), [one.lead_id for one in facts], asked, actor, now)
    return _forget(found, facts, keep_out, confirmation, actor, nonce, now)


def _begun(confirmation: Confirmation | None, asked: str, now: int) -> list[Facts] | None:
    """Return the leads of an erasure that was begun under this very confirmation, or None."""
    job = None if confirmation is None else jobs.get(_job_id(confirmation), now)
    if job is None or job.work.asked.get("asked") != asked:
        return None
    known = (leads.get(lead_id, now) for lead_id in job.work.asked["lead_ids"])
    return [facts for facts in known if facts is not None]


def _job_id(confirmation: Confirmation) -> str:
    return f"job_{confirmation.digest[:26]}"


def _forget(
    found: Sequence[Contact],
    facts: Sequence[Facts],
    keep_out: bool,
    confirmation: Confirmation | None,
    actor: Actor,
    nonce: str,
    now: int,
) -> Forgotten:
    digest = confirmation.digest if confirmation else ""
    scopes = forgetting.keep_out_scopes(actor) if keep_out else ()
    digests = prove_contact(found, facts, nonce, actor, now) if nonce else ()
    effect = forgetting.effect_of(facts, keep_out)
    if len(facts) <= forgetting.INLINE:
        return replace(forget_all(found, facts, scopes, effect, digest, actor, now), digests=digests)
    keep_out_contacts(found, scopes, actor, now)
    for one in facts:
        mark_forgotten(one, effect, digest, actor, now)
    return Forgotten(job_id=f"job_{digest[:26]}", digests=digests)


def forget_all(
    found: Sequence[Contact],
    facts: Sequence[Facts],
    scopes: Sequence[str],
    effect: Effect,
    confirmed_by: str,
    actor: Actor,
    now: int,
) -> Forgotten:
    """Keep the contacts out of `scopes`, then erase the leads, one after the other; may be repeated."""
    keep_out_contacts(found, scopes, actor, now)
    return Forgotten(tuple(erase(one, effect, confirmed_by, actor, now) for one in facts))


def contacts_named(kind: str, contact: str, actor: Actor, now: int) -> list[Contact]:
    """Return what the actor means by a contact: one for each way its projects read it; Invalid if none does."""
    normals = set(normals_of(kind, contact, scopes_of(actor), now).values())
    return [Contact(kind, normal, ref) for ref, normal in refs_of(kind, sorted(normals), now).items()]


def leads_of(found: Sequence[Contact], actor: Actor, now: int) -> list[Facts]:
    """Return the facts of every lead listed under the contacts that is in a project of the actor, newest first."""
    ids = list(dict.fromkeys(lead_id for one in found for lead_id in contacts.leads_of(one.ref, now)))
    seen = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        rows = batch.read([leads.key(lead_id) for lead_id in some], now)
        seen += [facts for lead_id in some if (facts := leads.found(lead_id, rows)) is not None]
    mine = [facts for facts in seen if actor.belongs_to(facts.project_id) and facts.erased_at is None]
    return sorted(mine, key=lambda facts: (-facts.received_at, facts.lead_id))
