"""Who could read a lead's person, and who did (PRI-4)."""

from collections.abc import Sequence

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.privacy.domain import desk
from chalicelib.privacy.domain.desk import CouldRead, DidRead
from chalicelib.users.domain.users import User


def persons_with_access(facts: Sequence[Facts], now: int) -> tuple[list[CouldRead], list[DidRead]]:
    """Return who can read the leads now, with the reason, and who has, with the last time and how often (PRI-4)."""
    if not facts:
        return [], []
    entries = [entry for one in facts for entry in ledger.list_subject(f"lead/{one.lead_id}", now)]
    return desk.could_read(facts, configuration.list_all(User), now), desk.did_read(entries)


def access_to_lead(actor: Actor, lead_id: str, now: int) -> tuple[list[CouldRead], list[DidRead]]:
    """Return the same for one lead; NotFound for one the actor may not see. It shows no person (PRI-30)."""
    actor.require(Permission.AUDIT_READ)
    facts = leads.get(lead_id, now)
    if facts is None or not actor.belongs_to(facts.project_id):
        raise NotFound("There is no such lead.")
    return persons_with_access([facts], now)
