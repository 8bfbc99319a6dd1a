"""One lead as a user may see it (INT-15)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.leads.domain import history
from chalicelib.leads.domain.lead_work import retires_at
from chalicelib.leads.domain.leads import Activity, Facts, Person, StoredLead
from chalicelib.leads.domain.visibility import person_visible, require_visible
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.with_block_status import as_blocked, block_keys
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def load(actor: Actor, lead_id: str, now: int) -> tuple[Facts, Person | None]:
    """Return a lead's facts and, while it is live, its person, read at one instant; for those who may see it.

    Raises Forbidden or NotFound otherwise (ACC-4). The person goes no further than the caller, who records the
    reading before showing it.
    """
    found = batch.read([leads.key(lead_id), people.key(lead_id)], now)
    facts = require_visible(actor, leads.from_batch(lead_id, found))
    return facts, people.from_batch(lead_id, found) if person_visible(actor, facts, now) else None


def read_lead(access: Access, lead_id: str, now: int) -> StoredLead:
    """Return the lead with its person, if live, and its history; the reading is recorded first (PRI-30).

    Raises NotFound for what the reader may not see (ACC-4), Unavailable if the reading cannot be recorded.
    """
    facts, person = load(access.actor, lead_id, now)
    activities = history_of(facts, person, now)
    if person is not None:
        record_access(access, [lead_id], cached_organisation(now), now)
    return _beside(StoredLead(facts, person, activities), now)


def with_clock(facts: Facts, now: int) -> StoredLead:
    """Return a lead without its person, and when it would retire (WRK-5)."""
    return StoredLead(facts, retires_at=retires_at(facts, get_project_of(facts, now)))


def history_of(facts: Facts, person: Person | None, now: int) -> tuple[Activity, ...]:
    """Return what happened to a lead, oldest first; with the texts of comments while its person is there (WRK-16)."""
    activities = leads.list_activities(facts.lead_id, now)
    if person is None or not any(entry.kind == "comment" for entry in activities):
        return activities
    return history.with_texts(activities, people.list_comments(facts.lead_id, now))


def _beside(lead: StoredLead, now: int) -> StoredLead:
    """Add what others say of the lead: a block on one of its contacts, whenever made, and when it would retire.

    A live lead shows as blocked while a block stands (PRI-16); its project's period holds at once (WRK-6).
    """
    project_id = lead.facts.project_id
    found = batch.read([configuration.key(Project, project_id), *block_keys(lead)], now)
    project = configuration.from_batch(Project, project_id, found)
    retires = None if project is None else retires_at(lead.facts, project)
    return replace(as_blocked(lead, found), retires_at=retires)
