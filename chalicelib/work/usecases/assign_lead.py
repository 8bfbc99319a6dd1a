"""Assign a lead to an agent, reassign it, or unassign it (WRK-2, WRK-11)."""

from collections.abc import Sequence
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.each_lead import each_lead
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.read_projects import read_project
from chalicelib.users.domain.users import User
from chalicelib.work.store import notifications


def assign_lead(actor: Actor, lead_id: str, user_id: str | None, now: int) -> Facts:
    """Assign a lead of the actor's projects to a user, or to none; the inactivity clock starts anew (WRK-2, WRK-11).

    Nothing changes if the user has the lead already and it is not retired. Raise NotFound for a lead the actor may
    not see, Invalid for a user who may not have it, Conflict for a lead that cannot be worked.
    """
    agent = None if user_id is None else configuration.get(User, user_id, now)

    def compute(facts: Facts) -> LeadUpdate | None:
        if user_id is not None:
            require_assignable(agent, facts.project_id)
        lead_work.require_workable(facts, now)
        return assignment_of(actor, facts, user_id, now)

    return work_lead(actor, lead_id, Permission.LEADS_ASSIGN, compute, now)


def reassign_leads(
    actor: Actor, project_id: str, lead_ids: Sequence[str], user_id: str, now: int
) -> list[BulkItemResult]:
    """Assign many leads of one project to a user, each by itself, so that a failure does not stop the others (WRK-11).

    Raise NotFound for a project that is not the actor's (ACC-4), Invalid for a user who may not have its leads.
    """
    actor.require(Permission.LEADS_ASSIGN)
    read_project(actor, project_id, now)
    require_assignable(configuration.get(User, user_id, now), project_id)
    return each_lead(project_id, lead_ids, lambda lead_id: assign_lead(actor, lead_id, user_id, now), now)


def assignment_of(actor: Actor, facts: Facts, user_id: str | None, now: int) -> LeadUpdate | None:
    """Return the update that assigns a lead to a user or to none; None if it is assigned so already.

    The update also sets the lead open or closed, as its stage means now (WRK-1).
    """
    if facts.agent_id == user_id and (user_id is not None or facts.retired_at is None):
        return None
    shown: dict[str, Any] = {"user_id": user_id, "previous_user_id": facts.agent_id or facts.retired_from}
    facts = lead_work.reclassified(facts, get_project_of(facts, now))
    if user_id is None:
        return LeadUpdate("unassigned", lead_work.unassigned(facts, now), shown)
    was_assigned = shown["previous_user_id"] is not None
    extra_writes = [] if user_id == actor.id else [notifications.insert(user_id, facts.lead_id, now)]
    return LeadUpdate(
        "reassigned" if was_assigned else "assigned",
        lead_work.assigned(facts, user_id, now),
        shown,
        extra_writes,
    )


def require_assignable(agent: User | None, project_id: str) -> None:
    """Raise Invalid unless leads of the project may be assigned to the user (WRK-2, ACC-8)."""
    if agent is None or not agent.may_be_assigned(project_id):
        message = "Must be the id of an active user of the project who may work leads (GET /v1/projects/{id}/agents)."
        raise Invalid(
            "This user cannot have the lead.", fields=[FieldError("user_id", "not_assignable", message)]
        )
