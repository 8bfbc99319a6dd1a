"""Forgets the person of one lead, on request (PRI-6, PRI-8)."""

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Effect, NotFound, Unavailable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.person_contacts import contacts_of
from chalicelib.leads.store import leads, people
from chalicelib.ledger.domain.entries import Entry
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.organisation.usecases.contact_refs import refs_of
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.mark_forgotten import mark_forgotten
from chalicelib.privacy.usecases.read_receipt import receipt_of
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts


def forget_lead(
    actor: Actor, lead_id: str, keep_out: bool, confirmation: Confirmation | None, now: int
) -> Entry:
    """Erase a lead's person now and for good, once confirmed. Return the receipt (PRI-6).

    Raise NotFound for a lead the actor may not see, Conflict `legal_hold` (RET-19), ConfirmationRequired with the
    effect. A repeated request completes the same erasure and returns the same receipt.
    """
    actor.require(Permission.PRIVACY_FORGET)
    facts = leads.get_as_stored(lead_id, now)
    if facts is None or not actor.belongs_to(facts.project_id):
        raise NotFound("There is no such lead.")
    if facts.erased_at is not None:
        return receipt_of(lead_id, now)
    forgetting.require_forgettable([facts], now)
    effect = forgetting.effect_of([facts], keep_out)
    confirmed = confirmations.require(confirmation, effect, forgetting.binding_of(actor, [facts], keep_out))
    if keep_out:
        suppress_contacts(actor, _contacts(facts, now), confirmed.digest, now)
    return erase(actor, facts, effect, confirmed.digest, now)


def erase(actor: Actor, facts: Facts, effect: Effect, confirmed_by: str, now: int) -> Entry:
    """End one lead now, finish its erasure, and return the receipt of this call or of an earlier one (PRI-8).

    After a crash between the two steps the schedule finishes the erasure.
    """
    marked = mark_forgotten(actor, facts, effect, confirmed_by, now)
    result = finish_erasure(facts.lead_id, "forget", now, read=marked) if marked else None
    return result.receipt if result and result.receipt else receipt_of(facts.lead_id, now)


def _contacts(facts: Facts, now: int) -> list[ContactRef]:
    """Return all contacts of the stored person, also after its deadline. They are used for blocks and never shown.

    Raise Unavailable if the lead's fields cannot be read, so that no contact stays without its block (INT-11).
    """
    person = people.get_including_expired(facts.lead_id).get(people.PERSON)
    campaign = configuration.cached(Campaign, facts.campaign_id, now)
    lead_type = configuration.cached(LeadType, campaign.lead_type_id, now) if campaign else None
    project = configuration.cached(Project, facts.project_id, now)
    if person is None:
        return []
    if lead_type is None or project is None:
        raise Unavailable("The settings of the lead's fields cannot be read; nothing was changed.")
    contacts = []
    for kind, _, normal in contacts_of(person, lead_type, project.region):
        contacts += [ContactRef(kind, normal, refs) for refs in refs_of(kind, [normal], now).values()]
    return contacts
