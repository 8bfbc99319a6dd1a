"""Which leads a user sees (ACC-3, ACC-4)."""

from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.errors import NotFound
from chalicelib.leads.domain.leads import Facts


def may_see(actor: Actor, facts: Facts) -> bool:
    """Tell whether the lead exists for the actor: in a project of theirs, for agents only if assigned to them."""
    if not actor.belongs_to(facts.project_id):
        return False
    return actor.role is not Role.AGENT or facts.agent_id == actor.id


def person_visible(actor: Actor, facts: Facts, now: int) -> bool:
    """Tell whether the actor may read the person: while it is live, and past its due, if held, as the desk (RET-19)."""
    held_over = facts.retention.is_held_over(now)
    return facts.is_live(now) and (not held_over or actor.has(Permission.PRIVACY_SEARCH))


def require_visible(actor: Actor, facts: Facts | None) -> Facts:
    """Return the facts; Forbidden without `leads.read`, NotFound if the lead does not exist for the actor."""
    actor.require(Permission.LEADS_READ)
    if facts is None or not may_see(actor, facts):
        raise NotFound("There is no such lead.")
    return facts
