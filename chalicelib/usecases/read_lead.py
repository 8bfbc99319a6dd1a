"""One lead as a user may see it (INT-15)."""

from dataclasses import replace

from chalicelib.domain.access import Actor
from chalicelib.domain.leads import Facts, Lead, Person
from chalicelib.domain.visibility import person_visible, require_visible
from chalicelib.stores import batch, blocks, leads, people
from chalicelib.usecases.record_access import Access, record_access


def load(lead_id: str, actor: Actor, now: int) -> tuple[Facts, Person | None]:
    """Return a lead's facts and, while it is live, its person, read at one instant; for those who may see it.

    Raises Forbidden or NotFound otherwise (ACC-4). The person goes no further than the caller, who records the
    reading before showing it.
    """
    found = batch.read([leads.key(lead_id), people.key(lead_id)], now)
    facts = require_visible(actor, leads.found(lead_id, found))
    return facts, people.found(lead_id, found) if person_visible(actor, facts, now) else None


def read_lead(lead_id: str, access: Access, now: int) -> Lead:
    """Return the lead with its person, if live, and its history; the reading is recorded first (PRI-30).

    Raises NotFound for what the reader may not see (ACC-4), Unavailable if the reading cannot be recorded.
    """
    facts, person = load(lead_id, access.actor, now)
    activities = leads.activities(lead_id, now)
    if person is not None:
        record_access([lead_id], access, now)
    return Lead(_as_blocked(facts, person, now), person, activities)


def _as_blocked(facts: Facts, person: Person | None, now: int) -> Facts:
    """A live lead shows as blocked while a block stands on one of its contacts, whenever it was made (PRI-16)."""
    if person is None or not person.refs:
        return facts
    refs = list(person.refs)
    standing = blocks.found(refs, facts.project_id, batch.read(blocks.keys(refs, facts.project_id), now))
    return replace(facts, blocked_at=min((block.blocked_at for block in standing), default=None))
