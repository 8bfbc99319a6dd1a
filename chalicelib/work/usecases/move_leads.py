"""Move all leads of one agent to another or to the managers, by a job (ACC-8, WRK-15)."""

from collections.abc import Sequence
from typing import Any, cast

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Conflict
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobState
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts, worklist_of
from chalicelib.leads.usecases.work_lead import LeadUpdate
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.work.domain.jobs import MoveAsked, MoveWork
from chalicelib.work.usecases.assign_lead import assignment_of
from chalicelib.work.usecases.walk_worklists import move_one, new_work, next_list, walk_worklists

KIND = "reassign"
KINDS = ("open", "closed")


def start_move(
    actor: Actor, from_id: str, to_id: str | None, projects: Sequence[str], job_id: str, now: int
) -> str:
    """Start to move an agent's open and closed leads in these projects; return the job's id. Safe to repeat.

    Because the index lags, the lists are read again after half a minute until nothing is left, ten times at most.
    Leads that the agent gets after the start stay.
    """
    start(_job(actor, from_id, to_id, projects, job_id, now), now)
    return job_id


def unassign_job(actor: Actor, user_id: str, projects: Sequence[str], job_id: str, now: int) -> Job:
    """Return the job that unassigns a user's leads of these projects, while the user may not work them.

    A function may cache the user as active for ten more seconds; leads it assigns meanwhile are moved, too (ACC-8).
    """
    return _job(actor, user_id, None, projects, job_id, now, barred=True)


def start_writes(job: Job, now: int) -> list[batch.Write]:
    """Return the writes that start a job, again if it failed; no writes if it is running or done."""
    stored = jobs.get(job.id, now)
    if stored is None:
        return jobs.insert(job)
    return jobs.restart(job, stored) if stored.state is JobState.FAILED else []


def start(job: Job, now: int) -> None:
    """Start a job that is not started, or that failed."""
    writes = start_writes(job, now)
    if not writes:
        return
    try:
        batch.write(writes, batch.token_of("job", job.id, now))
    except batch.Cancelled as cancelled:
        if cancelled.conflict:
            raise


def require_right(actor: Actor, work: MoveWork, now: int) -> None:
    """Raise Forbidden without `leads.assign`, NotFound if one of the projects is not the actor's.

    Leads of a user who may not work them any more move whatever becomes of the admin who decided it (ACC-8).
    """
    if work.asked["barred"]:
        return
    actor.require(Permission.LEADS_ASSIGN)
    for project_id in work.asked["projects"]:
        actor.require_project(project_id)


def step(work: MoveWork, now: int) -> MoveWork:
    """Move a page of a list; a lead that another agent has by now is not moved again (WRK-15)."""
    lists = [(project, kind) for project in work.asked["projects"] for kind in KINDS]
    project, _ = lists[work.require_position()["list"]]
    if work.asked["barred"] and _may_take_again(work.asked["from"], project, now):
        return next_list(work, len(lists), now)
    names = [worklist_of(kind, project, work.asked["from"]) for project, kind in lists]
    return walk_worklists(work, names, lambda found: _move(found, work, now), now)


def _job(
    actor: Actor,
    from_id: str,
    to_id: str | None,
    projects: Sequence[str],
    job_id: str,
    now: int,
    *,
    barred: bool = False,
) -> Job:
    asked: MoveAsked = {
        "from": from_id,
        "to": to_id,
        "projects": sorted(projects),
        "by": [actor.kind, actor.id],
        "at": now,
        "barred": barred,
    }
    work = new_work(KIND, asked, len(projects) * len(KINDS), now)
    return Job(job_id, actor.kind, actor.id, now, work)


def _may_take_again(user_id: str, project_id: str, now: int) -> bool:
    user = configuration.get(User, user_id, now)
    return user is not None and user.may_be_assigned(project_id)


def _move(found: Sequence[Facts], work: MoveWork, now: int) -> tuple[int, int]:
    """Move the leads that are still the agent's; return how many moved, and how many did not."""
    kind, actor_id = work.asked["by"]
    actor = Actor(kind=cast(Any, kind), id=actor_id)

    def compute(facts: Facts) -> LeadUpdate | None:
        return assignment_of(actor, facts, _cached_new_agent(work.asked["to"], facts, now), now)

    leads_to_move = [facts for facts in found if _is_to_move(facts, work, now)]
    moved = sum(move_one(actor, facts, compute, now) for facts in leads_to_move)
    return moved, len(leads_to_move) - moved


def _is_to_move(facts: Facts, work: MoveWork, now: int) -> bool:
    try:
        lead_work.require_workable(facts, now)
    except Conflict:
        return False
    if facts.agent_id != work.asked["from"]:
        return False
    return work.asked["barred"] or not _is_new(facts, work)


def _is_new(facts: Facts, work: MoveWork) -> bool:
    """Return whether the agent got the lead later than the start plus the time for which users are cached."""
    return facts.handed_over_at > work.asked["at"] + configuration.CACHED_FOR_S


def _cached_new_agent(user_id: str | None, facts: Facts, now: int) -> str | None:
    """Return the new agent of the lead; None if the user may not have it by now (ACC-8)."""
    user = configuration.cached(User, user_id, now) if user_id else None
    return user.id if user is not None and user.may_be_assigned(facts.project_id) else None
