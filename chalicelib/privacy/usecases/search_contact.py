"""Finds all data on a contact, for the privacy desk (PRI-1 … PRI-5)."""

from collections.abc import Callable, Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockResult
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import id_of
from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.chunks import chunks
from chalicelib.core.paging import ByteRoom, Page
from chalicelib.leads.domain.lead_size import encoded_size_of
from chalicelib.leads.domain.leads import Facts, StoredLead
from chalicelib.leads.domain.visibility import person_visible
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.read_history import newest_history, whole_history
from chalicelib.leads.usecases.with_block_status import with_block_status
from chalicelib.leads.usecases.without_foreign_originals import without_foreign_originals
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import desk
from chalicelib.privacy.domain.desk import ContactPosition, ContactSearchResult
from chalicelib.privacy.domain.forgetting import ContactRef
from chalicelib.privacy.usecases.forget_contact import contacts_named, leads_of
from chalicelib.privacy.usecases.persons_with_access import persons_with_access

_AT_ONCE = 50
WithHistory = Callable[[StoredLead, int], StoredLead]


def search_contact(
    access: Access, kind: str, contact: str, limit: int, after: ContactPosition | None, now: int
) -> ContactSearchResult:
    """Return the live leads of a contact in every project of the actor, newest first, and all blocks on it.

    The search is recorded, empty or not, and each reading of a person before it is shown (PRI-5, PRI-30). It finds
    equal contacts only, in the normal form of the intake. Raise Invalid if the contact cannot be read. An unknown
    contact has an empty result.
    """
    actor = access.actor
    named = contacts_named(actor, kind, contact, now)
    record_search(access, (contact_ref.ref for contact_ref in named), cached_organisation(now), now)
    facts = [lead for lead in leads_of(actor, named, now) if lead.is_live(now)]
    listed = page_of_leads(facts, limit, after)
    page = _read_page(actor, listed, now)
    shown = without_foreign_originals(actor, with_block_status(page.items, now), now)
    shown_ids = [lead.facts.lead_id for lead in shown if lead.person is not None]
    if shown_ids:
        record_access(access, shown_ids, cached_organisation(now), now)
    could, did = persons_with_access(facts, now)
    return ContactSearchResult(
        leads=Page(shown, page.next),
        data_available=tuple(desk.data_available(shown, types_of(shown, now))),
        could=tuple(could),
        did=tuple(did),
        blocks=tuple(blocks_on(actor, named, now)),
    )


def page_of_leads(
    facts: Sequence[Facts], limit: int, after: ContactPosition | None
) -> Page[Facts, ContactPosition]:
    """Return the page after a position. Leads that came in meanwhile are newer and do not shift it."""
    place = None if after is None else (-after["received_at"], after["lead_id"])
    rest = [lead for lead in facts if place is None or (-lead.received_at, lead.lead_id) > place]
    page = rest[:limit]
    if len(rest) <= limit:
        return Page(page, None)
    return Page(page, contact_position(page[-1]))


def contact_position(facts: Facts) -> ContactPosition:
    """Return the position after a lead."""
    return {"received_at": facts.received_at, "lead_id": facts.lead_id}


def _read_page(
    actor: Actor, listed: Page[Facts, ContactPosition], now: int
) -> Page[StoredLead, ContactPosition]:
    """Read the leads of a page until no more have room in an answer, each with the newest page of its history."""
    room, items = ByteRoom(), list[StoredLead]()
    for some in chunks(listed.items, _AT_ONCE):
        for lead in read_leads(actor, some, now, newest_history):
            if not room.takes(encoded_size_of(lead)):
                return Page(items, contact_position(items[-1].facts))
            items.append(lead)
    return Page(items, listed.next)


def read_leads(
    actor: Actor, facts: Sequence[Facts], now: int, with_history: WithHistory = whole_history
) -> list[StoredLead]:
    """Return the live leads with history, and with persons that the actor may see. It records nothing."""
    ids = [lead.lead_id for lead in facts]
    rows = batch.read_many([key for lead_id in ids for key in (leads.key(lead_id), people.key(lead_id))], now)
    found = [lead for lead_id in ids if (lead := _lead(actor, lead_id, rows, now)) is not None]
    return [with_history(lead, now) for lead in found]


def _lead(actor: Actor, lead_id: str, rows: batch.BatchRows, now: int) -> StoredLead | None:
    facts = leads.from_batch(lead_id, rows)
    if facts is None or not facts.is_live(now):
        return None
    person = people.from_batch(lead_id, rows) if person_visible(actor, facts, now) else None
    return StoredLead(facts, person)


def types_of(shown: Sequence[StoredLead], now: int) -> dict[str, LeadType]:
    """Return the lead type of each of the leads' campaigns."""
    return {lead.facts.campaign_id: cached_lead_type_of(lead.facts, now) for lead in shown}


def blocks_on(actor: Actor, named: Sequence[ContactRef], now: int) -> list[BlockResult]:
    """Return the live blocks of the contacts, for the actor's projects and for all projects."""
    scopes = sorted({ALL_PROJECTS, *scopes_of(actor)})
    places = [(ref, scope) for contact in named for ref in contact.refs.all for scope in scopes]
    return [BlockResult(id_of(block), block, created=False) for block in blocks.find_all(places, now)]
