"""The leads that a user may see (ACC-3, ACC-4)."""

from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.errors import NotFound
from chalicelib.leads.domain.leads import Facts


def may_see(actor: Actor, facts: Facts) -> bool:
    """Return True if the actor may see the lead: in one of its projects, and for agents if assigned to them."""
    if not actor.belongs_to(facts.project_id):
        return False
    return actor.role is not Role.AGENT or facts.agent_id == actor.id


def person_visible(actor: Actor, facts: Facts, now: int) -> bool:
    """Return True if the actor may read the person: while it is live; under a legal hold only for the desk (RET-19)."""
    only_hold = facts.retention.is_kept_by_hold(now)
    return facts.is_live(now) and (not only_hold or actor.has(Permission.PRIVACY_SEARCH))


def require_visible(actor: Actor, facts: Facts | None) -> Facts:
    """Return the facts; raise Forbidden without `leads.read`, NotFound if the actor may not see the lead."""
    actor.require(Permission.LEADS_READ)
    if facts is None or not may_see(actor, facts):
        raise NotFound("There is no such lead.")
    return facts
