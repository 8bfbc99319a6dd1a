"""Test data for the work on leads: agents, a project's settings, activities, and their results."""

from dataclasses import replace
from typing import Any

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor, Role
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.users.domain.users import User
from chalicelib.work.domain.activities import Comment, Conversation, Recordable, single
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.retire_leads import RetirementSweep, retire_leads
from tests.factories.leads import AGENT, MANAGER, NOW, create_lead, read_access
from tests.harness.api import add_item

HOUR = 3_600
FORTNIGHT = 14 * 86_400


def create_agent(user_id: str, *project_ids: str, **more: Any) -> Actor:
    """Create an agent of these projects, by default of the example project, and return the actor."""
    user = User(
        id=user_id,
        version=1,
        email=f"{user_id}@example.com",
        name="An agent",
        role=Role.AGENT,
        project_ids=project_ids or ("prj_1",),
        **more,
    )
    add_item(user)
    return user.actor


def change_project_settings(project_id: str = "prj_1", **values: Any) -> Project:
    """Change settings of a project, without a delay."""
    before = configuration.get(Project, project_id, NOW)
    assert before is not None
    after = replace(before, **values, version=before.version + 1)
    batch.write(configuration.update(after), clock.new_id("t"))
    return after


def rewrite_user(user_id: str, **values: Any) -> None:
    """Change only a user's row, as in the second before a job starts."""
    before = configuration.get(User, user_id, NOW)
    assert before is not None
    after = replace(before, **values, version=before.version + 1)
    batch.write(configuration.update(after), clock.new_id("t"))


def set_disabled(user_id: str, *, by: bool = True) -> None:
    """Set only the user's row to disabled."""
    rewrite_user(user_id, disabled=by)


def create_assigned_lead(
    lead_id: str = "lead_1", agent: str = AGENT.id, now: int = NOW, **more: Any
) -> Facts:
    """Create a lead and assign it to an agent in the same second."""
    create_lead(lead_id, now, **more)
    return assign_lead(MANAGER, lead_id, agent, now)


def create_activity(
    activity: Recordable | Conversation | None = None,
    now: int = NOW,
    actor: Actor = AGENT,
    lead_id: str = "lead_1",
    *,
    follow_up_on: str | None = None,
    **more: Any,
) -> Facts:
    """Record an activity, by default a comment."""
    if not isinstance(activity, Conversation):
        activity = single(activity or Comment("Called back."), follow_up_on)
    return record_activity(actor, lead_id, Recording(activity, **more), "req_1", now)


def run_retirement(now: int) -> RetirementSweep:
    """Retire the overdue leads."""
    return retire_leads(lambda: now, lambda: True)


def run_jobs(now: int) -> int:
    """Continue the waiting jobs."""
    return continue_jobs(lambda: now, lambda: True)


def changes(lead_id: str = "lead_1") -> list[Entry]:
    """Return a lead's changes in the ledger, oldest first."""
    return [entry for entry in ledger.list_subject(f"lead/{lead_id}", NOW) if entry.kind is EntryKind.CHANGE]


def actions(lead_id: str = "lead_1") -> list[str]:
    """Return the actions of a lead's changes in the ledger, oldest first."""
    return [entry.action for entry in changes(lead_id)]


def history(lead_id: str = "lead_1", now: int = NOW) -> list[tuple[str, dict[str, Any]]]:
    """Return a lead's history as a manager reads it: kind and detail, oldest first."""
    lead = read_lead(read_access(request_id=clock.new_id("req")), lead_id, now)
    return [(entry.kind, entry.detail) for entry in lead.activities]


def own_leads(show: str = "all", actor: Actor = AGENT, now: int = NOW) -> list[str]:
    """Return the ids of an agent's own list, in order."""
    page = own_worklist(read_access(actor, "list"), show, 200, None, now)
    assert page.next is None
    return [lead.facts.lead_id for lead in page.items]


def managed_leads(show: str, actor: Actor = MANAGER, now: int = NOW, project_id: str = "prj_1") -> list[str]:
    """Return the ids of a manager's list, in order."""
    page = managed_worklist(read_access(actor, "list"), project_id, show, 200, None, now)
    assert page.next is None
    return [lead.facts.lead_id for lead in page.items]
