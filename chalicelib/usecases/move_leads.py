"""All leads of one agent move, to another or to the managers, as a job that anybody may continue (ACC-8, WRK-15)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalicelib.domain import work as working
from chalicelib.domain.access import Actor
from chalicelib.domain.errors import Conflict
from chalicelib.domain.jobs import Job, Work
from chalicelib.domain.leads import Facts, worklist_of
from chalicelib.domain.setup import Project, User
from chalicelib.stores import batch, jobs, leads, setup
from chalicelib.usecases.assign_lead import deed_of
from chalicelib.usecases.work_lead import write_deed

KIND = "reassign"
_PAGE = 25
_SETTLES_S = 30
_ROUNDS = 10
KINDS = ("open", "closed")


def start_move(
    from_id: str, to_id: str | None, projects: Sequence[str], job_id: str, actor: Actor, now: int
) -> str:
    """Start to move an agent's leads in these projects, open and closed ones; return the job's id. Safe to repeat.

    A door may know an agent as active for ten seconds after it was disabled, and the index lags: the lists are
    gone through again until, half a minute later, nothing is left; ten times at most, for an agent who stays active
    may be given leads meanwhile.
    """
    asked = {"from": from_id, "to": to_id, "projects": sorted(projects), "by": [actor.kind, actor.id]}
    lists = len(projects) * len(KINDS)
    work = Work(KIND, asked, _start(now), of=lists, tally={"leads": {"moved": 0}})
    job = Job(job_id, actor.kind, actor.id, now, work if lists else replace(work, position=None))
    try:
        batch.write(jobs.added(job), batch.token_of("job", job_id))
    except batch.Cancelled as cancelled:
        if cancelled.conflict:
            raise
    return job_id


def all_projects() -> list[str]:
    """Return the ids of every project."""
    return [project.id for project in setup.all_of(Project)]


def step(work: Work, now: int) -> Work:
    """Move a page of a list; a lead that is another's by now has moved, and moves no more (WRK-15)."""
    position: dict[str, Any] = work.position or {}
    if now < position["not_before"]:
        return work
    names = [
        worklist_of(kind, project, work.asked["from"]) for project in work.asked["projects"] for kind in KINDS
    ]
    page = leads.in_worklist(names[position["list"]], position["since"], now, _PAGE, position["last"])
    moved, missed = _move([lead_id for lead_id, _ in page], work, now)
    after = replace(work, tally={"leads": {"moved": work.tally["leads"]["moved"] + moved}})
    touched = position["touched"] + moved + missed
    if len(page) == _PAGE:
        last, since = page[-1]
        return replace(after, position={**position, "since": since, "last": last, "touched": touched})
    return _next_list(after, position, touched, len(names), now)


def _next_list(work: Work, position: dict[str, Any], touched: int, lists: int, now: int) -> Work:
    following = position["list"] + 1
    if following < lists:
        ahead = {"list": following, "since": 0, "last": None, "touched": touched}
        return replace(work, done=following, position={**position, **ahead})
    done = position["round"] + 1
    if done < _ROUNDS and (touched or done == 1):
        return replace(work, position={**_start(now), "not_before": now + _SETTLES_S, "round": done})
    return replace(work, done=work.of, position=None)


def _start(now: int) -> dict[str, Any]:
    return {"list": 0, "since": 0, "last": None, "touched": 0, "not_before": now, "round": 0}


def _move(lead_ids: list[str], work: Work, now: int) -> tuple[int, int]:
    """Move those that are still the agent's, each in a transaction of its own; return how many went, and how many not.

    What somebody else was writing at that moment is met again by the next round.
    """
    rows = batch.read([leads.key(lead_id) for lead_id in lead_ids], now)
    by_kind, by_id = work.asked["by"]
    actor = Actor(kind=by_kind, id=by_id)
    found = (leads.found(lead_id, rows) for lead_id in lead_ids)
    theirs = [facts for facts in found if facts is not None and _is_to_move(facts, work.asked["from"], now)]
    moved = sum(_move_one(facts, work.asked["to"], actor, now) for facts in theirs)
    return moved, len(theirs) - moved


def _is_to_move(facts: Facts, from_id: str, now: int) -> bool:
    try:
        working.require_workable(facts, now)
    except Conflict:
        return False
    return facts.agent_id == from_id


def _move_one(facts: Facts, to_id: str | None, actor: Actor, now: int) -> bool:
    deed = deed_of(facts, _taker(to_id, facts, now), actor, now)
    if deed is None:
        return False
    try:
        write_deed(facts, deed, actor, now)
    except batch.Cancelled:
        return False
    return True


def _taker(user_id: str | None, facts: Facts, now: int) -> str | None:
    """Return who gets the lead: nobody, if the user may not have it by now (ACC-8)."""
    user = setup.cached(User, user_id, now) if user_id else None
    return user.id if user is not None and user.may_take(facts.project_id) else None
