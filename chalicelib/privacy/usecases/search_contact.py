"""Finds all data on a contact, for the privacy desk (PRI-1 … PRI-5)."""

from collections.abc import Callable, Sequence
from itertools import islice

from chalicelib.blocks.domain import BlockResult
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.block_users import with_users
from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.chunks import chunks
from chalicelib.core.paging import ByteRoom, Page
from chalicelib.leads.domain.lead_size import encoded_size_of
from chalicelib.leads.domain.leads import Facts, Person, StoredLead
from chalicelib.leads.domain.visibility import person_visible
from chalicelib.leads.store import contact_index, forget_orders, leads
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.read_history import newest_histories, whole_histories
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
from chalicelib.privacy.usecases.forget_contact import contacts_named
from chalicelib.privacy.usecases.persons_with_access import persons_with_access

_AT_ONCE, _ROUNDS, _FILTERED_AT_ONCE = 50, 10, 100
WithHistories = Callable[[Sequence[StoredLead], int], list[StoredLead]]


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
    listed = page_of_contact(actor, named, limit, after, now)
    page = _read_page(actor, listed, now)
    shown = without_foreign_originals(actor, with_block_status(page.items, now), now)
    shown_ids = [lead.facts.lead_id for lead in shown if lead.person is not None]
    if shown_ids:
        record_access(access, shown_ids, cached_organisation(now), now)
    could, did = persons_with_access([lead.facts for lead in shown], now)
    return ContactSearchResult(
        leads=Page(shown, page.next),
        data_available=tuple(desk.data_available(shown, types_of(shown, now))),
        could=tuple(could),
        did=tuple(did),
        blocks=tuple(blocks_on(actor, named, now)),
    )


def contact_position(facts: Facts) -> ContactPosition:
    """Return the position after a lead."""
    return {"received_at": facts.received_at, "lead_id": facts.lead_id}


def _read_page(
    actor: Actor, listed: Page[Facts, ContactPosition], now: int
) -> Page[StoredLead, ContactPosition]:
    """Read the leads of a page until no more have room in an answer, each with the newest page of its history."""
    room, items = ByteRoom(), list[StoredLead]()
    for some in chunks(listed.items, _AT_ONCE):
        for lead in read_leads(actor, some, now, newest_histories):
            if not room.takes(encoded_size_of(lead)):
                return Page(items, contact_position(items[-1].facts))
            items.append(lead)
    return Page(items, listed.next)


def page_of_contact(
    actor: Actor,
    named: Sequence[ContactRef],
    limit: int,
    after: ContactPosition | None,
    now: int,
    *,
    shows: Callable[[Facts], bool] | None = None,
) -> Page[Facts, ContactPosition]:
    """Return the live leads after a position, newest first. Leads that came in meanwhile are newer and do not shift it.

    The contact index says when each lead was received, so only the leads of the page are read. A page may be short, or
    empty, if many of the next leads are gone, or if `shows` is false for them.
    """
    at_once = limit if shows is None else max(limit, _FILTERED_AT_ONCE)
    place = None if after is None else (-after["received_at"], after["lead_id"])
    rest = [entry for entry in _listed(actor, named, now) if place is None or entry > place]
    page: list[Facts] = []
    last = None
    for some in islice(chunks(rest, at_once), _ROUNDS):
        found = leads.get_many((lead_id for _, lead_id in some), now)
        for entry in some:
            facts = found.get(entry[1])
            last = entry
            if facts is None or not actor.belongs_to(facts.project_id) or not facts.is_live(now):
                continue
            if shows is None or shows(facts):
                page.append(facts)
            if len(page) == limit:
                break
        if len(page) == limit:
            break
    if last is None or last == rest[-1]:
        return Page(page, None)
    return Page(page, {"received_at": -last[0], "lead_id": last[1]})


def _listed(actor: Actor, named: Sequence[ContactRef], now: int) -> list[tuple[int, str]]:
    """Return (minus the time of receipt, lead id) of the contact's leads in the actor's projects, newest first.

    Leads of an open order are left out: there may be very many of them (PRI-8a). The facts of a lead that was listed
    without its time are read.
    """
    orders = forget_orders.read(now).orders
    places: set[tuple[int, str]] = set()
    untimed: dict[str, list[ContactRef]] = {}
    for contact in named:
        covering = [order for order in orders if not set(contact.refs.all).isdisjoint(order.refs)]
        for lead in (lead for ref in contact.refs.in_turn for lead in contact_index.each_lead(ref, now)):
            if lead.project_id is None or lead.received_at is None:
                untimed.setdefault(lead.lead_id, []).append(contact)
            elif contact.is_of(actor, lead.project_id) and not any(
                order.has_lead(contact.refs.all, lead.project_id, lead.received_at) for order in covering
            ):
                places.add((-lead.received_at, lead.lead_id))
    for facts in leads.get_many(untimed, now).values():
        if any(contact.is_of(actor, facts.project_id) for contact in untimed[facts.lead_id]):
            places.add((-facts.received_at, facts.lead_id))
    return sorted(places)


def read_leads(
    actor: Actor, facts: Sequence[Facts], now: int, with_histories: WithHistories = whole_histories
) -> list[StoredLead]:
    """Return the live leads with history, and with persons that the actor may see. It records nothing."""
    ids = [lead.lead_id for lead in facts]
    live = [found for found in leads.get_with_people(ids, now).values() if found[0].is_live(now)]
    return with_histories([_lead(actor, *found, now) for found in live], now)


def _lead(actor: Actor, facts: Facts, stored: Person | None, now: int) -> StoredLead:
    return StoredLead(facts, stored if person_visible(actor, facts, now) else None)


def types_of(shown: Sequence[StoredLead], now: int) -> dict[str, LeadType]:
    """Return the lead type of each of the leads' campaigns."""
    return {lead.facts.campaign_id: cached_lead_type_of(lead.facts, now) for lead in shown}


def blocks_on(actor: Actor, named: Sequence[ContactRef], now: int) -> list[BlockResult]:
    """Return the live blocks of the contacts, for the actor's projects and for all projects, as each reads them."""
    scopes = sorted({ALL_PROJECTS, *scopes_of(actor)})
    places = [
        (ref, scope)
        for contact in named
        for scope in scopes
        if scope == ALL_PROJECTS or contact.is_read_in(scope)
        for ref in contact.refs.all
    ]
    found = [BlockResult(public_id(block), block, created=False) for block in blocks.find_all(places, now)]
    return with_users(found, now)
