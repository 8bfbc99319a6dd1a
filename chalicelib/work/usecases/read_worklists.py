"""The worklists of agents, and of managers for a project (WRK-4, WRK-5, WRK-10, WRK-12)."""

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import Page
from chalicelib.core.times import local_day
from chalicelib.leads.domain.lead_work import retires_at
from chalicelib.leads.domain.leads import Facts, StoredLead, worklist_of
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.domain.inactivity import at_risk_until, latest_overdue
from chalicelib.users.domain.users import User
from chalicelib.work.usecases.worklists import (
    Place,
    WorklistPage,
    WorklistPosition,
    WorklistRef,
    read_all,
    read_lists,
    with_persons,
)

OWN = ("all", "follow_ups", "at_risk", "closed")
MANAGED = ("retired", "unassigned", "at_risk")


def own_worklist(
    access: Access, show: str, limit: int, after: WorklistPosition | None, now: int, *, persons: bool = False
) -> WorklistPage:
    """Return a page of the actor's own leads, stalest first; at risk: soonest first; follow-ups: oldest first.

    `show` is one of `OWN`: open leads; leads whose follow-up is today or overdue in the actor's zone; leads that
    retire within the warning period; closed leads.
    """
    actor = access.actor
    actor.require(Permission.LEADS_READ)
    projects = projects_of(actor)
    if show == "follow_ups":
        page, place = _sorted_page(due_follow_ups(actor, projects, now), _by_day, limit, after)
    elif show == "at_risk":
        page, place = _sorted_page(at_risk(actor, projects, now), _by_end, limit, after)
    else:
        page, place = read_lists(actor, _own(actor, show, projects, now), _any_lead, limit, after, now)
    return with_persons(access, page, place, now) if persons else page


def managed_worklist(
    access: Access,
    project_id: str,
    show: str,
    limit: int,
    after: WorklistPosition | None,
    now: int,
    *,
    persons: bool = False,
) -> WorklistPage:
    """Return a page of a project's retired, unassigned or held leads, longest waiting first, or at risk, soonest first.

    The list `quality` has the held leads. Raise Forbidden without `leads.read` (ACC-3) or `leads.assign`, for held
    leads `quality.review` (CAM-15), NotFound for a project that is not the actor's (WRK-10, ACC-4).
    """
    held = show == "quality"
    access.actor.require(Permission.LEADS_READ)
    access.actor.require(Permission.QUALITY_REVIEW if held else Permission.LEADS_ASSIGN)
    access.actor.require_project(project_id)
    project = configuration.get(Project, project_id, now)
    if project is None:
        raise NotFound("There is no such project.")
    if show == "at_risk":
        agents = [user.id for user in configuration.list_all(User) if user.actor.belongs_to(project_id)]
        at_risk_leads = _at_risk(access.actor, [(project, agent_id) for agent_id in agents], now)
        page, place = _sorted_page(at_risk_leads, _by_end, limit, after)
    else:
        worklist = WorklistRef(worklist_of(show, project_id), project, now)
        page, place = read_lists(access.actor, [worklist], _any_lead, limit, after, now)
    return with_persons(access, page, place, now) if persons else page


def _own(actor: Actor, show: str, projects: Sequence[Project], now: int) -> list[WorklistRef]:
    kind = "closed" if show == "closed" else "open"
    return [WorklistRef(worklist_of(kind, project.id, actor.id), project, now) for project in projects]


def projects_of(actor: Actor) -> list[Project]:
    """Return the projects a user belongs to."""
    return [project for project in configuration.list_all(Project) if actor.belongs_to(project.id)]


def _any_lead(facts: Facts, project: Project) -> bool:
    return True


def due_follow_ups(actor: Actor, projects: Sequence[Project], now: int) -> list[StoredLead]:
    """Return the actor's open leads whose follow-up is today or overdue in the actor's zone, oldest first (WRK-4).

    Follow-ups depend on the day in the agent's zone, which no index knows: all open leads are read.
    """
    today = local_day(now, actor.zone)

    def matches(facts: Facts, project: Project) -> bool:
        return facts.follow_up_on is not None and facts.follow_up_on <= today

    return sorted(read_all(actor, _own(actor, "all", projects, now), matches, now), key=_by_day)


def at_risk(actor: Actor, projects: Sequence[Project], now: int) -> list[StoredLead]:
    """Return the actor's leads that will retire within the warning period, soonest first (WRK-12)."""
    return _at_risk(actor, [(project, actor.id) for project in projects], now)


def _at_risk(actor: Actor, owned: Sequence[tuple[Project, str]], now: int) -> list[StoredLead]:
    """Return agents' open leads up to the warning period, with the overdue leads that no sweep has reached first.

    A legal hold delays a retirement without changing the index. So the leads are sorted after all were read.
    """

    def matches(facts: Facts, project: Project) -> bool:
        at = retires_at(facts, project)
        return at is not None and at <= at_risk_until(project, now)

    lists = [
        WorklistRef(
            worklist_of("open", project.id, agent_id),
            project,
            latest_overdue(project, at_risk_until(project, now)),
        )
        for project, agent_id in owned
        if project.inactivity is not None
    ]
    return sorted(read_all(actor, lists, matches, now), key=_by_end)


def _by_day(lead: StoredLead) -> tuple[str, str]:
    return lead.facts.follow_up_on or "", lead.facts.lead_id


def _by_end(lead: StoredLead) -> tuple[int, str]:
    return lead.retires_at or 0, lead.facts.lead_id


def _sorted_page(
    found: list[StoredLead],
    key: Callable[[StoredLead], tuple[Any, str]],
    limit: int,
    after: WorklistPosition | None,
) -> tuple[WorklistPage, Place]:
    """Return a page of leads that are sorted by their keys, and their positions."""
    rest = [lead for lead in found if after is None or key(lead) > tuple(after["place"])]
    page = rest[:limit]

    def place(lead: StoredLead) -> WorklistPosition:
        return {"place": list(key(lead))}

    return Page(page, None if len(rest) <= limit else place(page[-1])), place
