"""Forecast which leads will retire when, without further activity (WRK-13)."""

from dataclasses import replace
from typing import Unpack

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.core.times import DAY_S, local_day
from chalicelib.leads.domain.lead_work import retires_at
from chalicelib.leads.domain.leads import worklist_of
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain import projects
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.domain.inactivity import latest_overdue
from chalicelib.users.domain.users import User
from chalicelib.work.domain.jobs import (
    AgentPosition,
    Preview,
    RetirementForecastAsked,
    RetirementForecastWork,
)

KIND = "retirement_forecast"
_PAGE = 99


def forecast_retirements(
    actor: Actor, project_id: str, days: int, now: int, **preview: Unpack[Preview]
) -> RetirementForecastWork:
    """Return the job work that counts a project's retirements of the next `days` days, by day and agent.

    `preview` are settings to try, instead of the project's own. Overdue leads count today. Raise Invalid for a period
    out of range. Raise NotFound for a project that is not the actor's (ACC-4).
    """
    actor.require(Permission.LEADS_ASSIGN)
    actor.require_project(project_id)
    project = configuration.get(Project, project_id, now)
    if project is None:
        raise NotFound("There is no such project.")
    if preview:
        project = replace(project, **preview, warning=None)
        projects.validate(project)
    users = [user.id for user in configuration.list_all(User) if user.actor.belongs_to(project_id)]
    agents = users if project.inactivity is not None else []
    asked: RetirementForecastAsked = {
        "project_id": project_id,
        "agents": agents,
        "now": now,
        "until": now + days * DAY_S,
        **preview,
    }
    start: AgentPosition = {"agent": 0, "since": 0, "last": None}
    return RetirementForecastWork(KIND, asked, start if agents else None, of=len(agents))


def require_right(actor: Actor, work: RetirementForecastWork, now: int) -> None:
    """Raise Forbidden without `leads.assign`, NotFound for a project that is not the actor's."""
    actor.require(Permission.LEADS_ASSIGN)
    actor.require_project(work.asked["project_id"])


def step(work: RetirementForecastWork, now: int) -> RetirementForecastWork:
    """Count one page of an agent's open leads, read again because the index lags."""
    position = work.require_position()
    asked = work.asked
    project = configuration.get(Project, asked["project_id"], now)
    if project is not None:
        project = replace(project, **_preview(asked))
    if project is None or project.inactivity is None:
        return replace(work, position=None, tally={})
    agent_id = asked["agents"][position["agent"]]
    worklist = worklist_of("open", project.id, agent_id)
    until = latest_overdue(project, asked["until"])
    page = (
        leads.list_worklist(worklist, position["since"], until, _PAGE, position["last"]) if until > 0 else []
    )
    counted = _count(page, worklist, project, asked, now)
    tally = {**work.tally, agent_id: _sum(work.tally.get(agent_id, {}), counted)} if counted else work.tally
    if len(page) == _PAGE:
        last, since = page[-1]
        return replace(work, tally=tally, position={**position, "since": since, "last": last})
    next_agent = position["agent"] + 1
    start: AgentPosition = {"agent": next_agent, "since": 0, "last": None}
    return replace(work, tally=tally, done=next_agent, position=start if next_agent < work.of else None)


def _preview(asked: RetirementForecastAsked) -> Preview:
    preview: Preview = {}
    if "inactivity" in asked:
        preview["inactivity"] = asked["inactivity"]
    if "working_hours" in asked:
        preview["working_hours"] = asked["working_hours"]
    return preview


def _count(
    page: list[tuple[str, int]], worklist: str, project: Project, asked: RetirementForecastAsked, now: int
) -> dict[str, int]:
    counted: dict[str, int] = {}
    for facts in leads.get_many((lead_id for lead_id, _ in page), now).values():
        if facts.worklist != worklist or not facts.is_live(asked["now"]):
            continue
        at = retires_at(facts, project)
        if at is not None and at <= asked["until"]:
            day = local_day(max(at, asked["now"]), project.zone)
            counted[day] = counted.get(day, 0) + 1
    return counted


def _sum(counts: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    return {day: counts.get(day, 0) + more.get(day, 0) for day in counts.keys() | more.keys()}
