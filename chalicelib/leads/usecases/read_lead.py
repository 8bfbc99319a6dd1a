"""Reads one lead for a user (INT-15)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.paging import Page
from chalicelib.leads.domain import history
from chalicelib.leads.domain.lead_work import retires_at
from chalicelib.leads.domain.leads import Activity, Facts, HistoryPosition, Person, StoredLead
from chalicelib.leads.domain.visibility import person_visible, require_visible
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.read_history import history_page, newest_history
from chalicelib.leads.usecases.with_block_status import as_blocked, block_keys
from chalicelib.leads.usecases.without_foreign_originals import without_foreign_originals
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def load_lead(actor: Actor, lead_id: str, now: int) -> tuple[Facts, Person | None]:
    """Return a lead's facts and, while it is live, its person, read at one instant.

    Raise Forbidden or NotFound if the actor may not see the lead (ACC-4). The caller records the reading before it
    shows the person.
    """
    found, person = leads.get_with_people([lead_id], now).get(lead_id, (None, None))
    facts = require_visible(actor, found)
    return facts, person if person_visible(actor, facts, now) else None


def read_lead(access: Access, lead_id: str, now: int) -> StoredLead:
    """Return the lead with its person, if live, and the newest page of its history. The reading is recorded first.

    Raise NotFound if the reader may not see the lead (ACC-4), Unavailable if the reading cannot be recorded (PRI-30).
    """
    lead = newest_history(StoredLead(*load_lead(access.actor, lead_id, now)), now)
    if lead.person is not None:
        record_access(access, [lead_id], cached_organisation(now), now)
    (shown,) = without_foreign_originals(access.actor, [lead], now)
    return _with_block_and_clock(shown, now)


def read_history(
    access: Access, lead_id: str, limit: int, after: HistoryPosition | None, now: int
) -> Page[Activity, HistoryPosition]:
    """Return a page of a lead's history, oldest entry first; the pages go back in time (WRK-16).

    With the texts of comments it is a reading of the person, which is recorded first (PRI-30). Raise NotFound if the
    reader may not see the lead (ACC-4), Unavailable if the reading cannot be recorded.
    """
    facts, person = load_lead(access.actor, lead_id, now)
    lead = StoredLead(facts, person)
    page = history_page(lead, limit, after, now)
    if person is not None:
        record_access(access, [lead_id], cached_organisation(now), now)
    (shown,) = without_foreign_originals(
        access.actor, [replace(lead, activities=tuple(page.items), earlier=page.next)], now
    )
    entries = history.of(shown, now) if after is None else (*history.beginning_of(shown), *shown.activities)
    return Page(entries, page.next)


def with_clock(facts: Facts, now: int) -> StoredLead:
    """Return a lead without its person, with the instant at which it would retire (WRK-5)."""
    return StoredLead(facts, retires_at=retires_at(facts, get_project_of(facts, now)))


def _with_block_and_clock(lead: StoredLead, now: int) -> StoredLead:
    """Return the lead with the block on its contacts, if any, and the instant at which it would retire.

    A live lead is shown as blocked while a block exists (PRI-16). The project's period applies at once (WRK-6).
    """
    project_id = lead.facts.project_id
    rows = batch.read([configuration.key(Project, project_id), *block_keys(lead)], now)
    project = configuration.from_batch(Project, project_id, rows)
    retires = None if project is None else retires_at(lead.facts, project)
    return replace(as_blocked(lead, rows), retires_at=retires)
