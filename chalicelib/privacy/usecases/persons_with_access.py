"""Finds the users who could read a lead's person, and those who did (PRI-4)."""

from collections.abc import Sequence

from chalicelib.aws.side_by_side import result_of_each
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.privacy.domain import desk
from chalicelib.privacy.domain.desk import CouldRead, DidRead
from chalicelib.users.domain.users import User

_ENTRIES = 1_000


def persons_with_access(facts: Sequence[Facts], now: int) -> tuple[list[CouldRead], list[DidRead]]:
    """Return the users who can read the leads, with the reason, and those who did, with last time and count (PRI-4).

    Call it with the leads of one page: it reads the newest thousand entries of each, several leads at a time.
    """
    if not facts:
        return [], []
    read = result_of_each(lambda lead: ledger.list_newest(f"lead/{lead.lead_id}", _ENTRIES, now), facts)
    entries = [entry for of_lead in read for entry in of_lead]
    users = configuration.list_all(User)
    return desk.could_read(facts, users, now), desk.did_read(entries, {user.id: user.name for user in users})


def access_to_lead(actor: Actor, lead_id: str, now: int) -> tuple[list[CouldRead], list[DidRead]]:
    """Return the same for one lead, without its person (PRI-30). Raise NotFound if the actor may not see the lead."""
    actor.require(Permission.AUDIT_READ)
    facts = leads.get(lead_id, now)
    if facts is None or not actor.belongs_to(facts.project_id):
        raise NotFound("There is no such lead.")
    return persons_with_access([facts], now)
