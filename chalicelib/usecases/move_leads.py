"""All leads of one agent move, to another or to the managers, as a job that anybody may continue (ACC-8, WRK-15)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalicelib import observability
from chalicelib.domain import work as working
from chalicelib.domain.access import Actor
from chalicelib.domain.errors import Conflict
from chalicelib.domain.jobs import GAVE_UP, Job, State, Work
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

    The lists are gone through again, as the index lags, until half a minute later nothing is left; ten times at
    most. What the agent is given after the start stays.
    """
    start(_job(from_id, to_id, projects, job_id, actor, now), now)
    return job_id


def leaving(user_id: str, projects: Sequence[str], job_id: str, actor: Actor, now: int) -> Job:
    """Return the job by which a user's leads of these projects become nobody's, while the user may not work them.

    A door may know the user as active for ten seconds more: what it gives meanwhile goes, too (ACC-8).
    """
    job = _job(user_id, None, projects, job_id, actor, now)
    return replace(job, work=replace(job.work, asked={**job.work.asked, "barred": True}))


def starting(job: Job, now: int) -> list[batch.Write]:
    """Return the writes that start a job, anew if it failed; none if it is at work or done."""
    known = jobs.get(job.id, now)
    if known is None:
        return jobs.added(job)
    return jobs.restarted(job, known) if known.state is State.FAILED else []


def start(job: Job, now: int) -> None:
    """Start a job that nobody has started, or that failed."""
    writes = starting(job, now)
    if not writes:
        return
    try:
        batch.write(writes, batch.token_of("job", job.id, now))
    except batch.Cancelled as cancelled:
        if cancelled.conflict:
            raise


def all_projects() -> list[str]:
    """Return the ids of every project."""
    return [project.id for project in setup.all_of(Project)]


def step(work: Work, now: int) -> Work:
    """Move a page of a list; a lead that is another's by now has moved, and moves no more (WRK-15)."""
    position: dict[str, Any] = work.position or {}
    if now < position["not_before"]:
        return work
    lists = [(project, kind) for project in work.asked["projects"] for kind in KINDS]
    project, kind = lists[position["list"]]
    if work.asked["barred"] and _may_take_again(work.asked["from"], project, now):
        return _next_list(work, position, len(lists), now)
    name = worklist_of(kind, project, work.asked["from"])
    page = leads.in_worklist(name, position["since"], now, _PAGE, position["last"])
    moved, missed = _move([lead_id for lead_id, _ in page], work, now)
    after = replace(work, tally={"leads": {"moved": work.tally["leads"]["moved"] + moved}})
    seen = {"touched": position["touched"] + moved + missed, "missed": position["missed"] + missed}
    if len(page) == _PAGE:
        last, since = page[-1]
        return replace(after, position={**position, **seen, "since": since, "last": last})
    return _next_list(after, {**position, **seen}, len(lists), now)


def _job(
    from_id: str, to_id: str | None, projects: Sequence[str], job_id: str, actor: Actor, now: int
) -> Job:
    asked = {
        "from": from_id,
        "to": to_id,
        "projects": sorted(projects),
        "by": [actor.kind, actor.id],
        "at": now,
        "barred": False,
    }
    lists = len(projects) * len(KINDS)
    position = _start(now) if lists else None
    return Job(
        job_id,
        actor.kind,
        actor.id,
        now,
        Work(KIND, asked, position, of=lists, tally={"leads": {"moved": 0}}),
    )


def _next_list(work: Work, position: dict[str, Any], lists: int, now: int) -> Work:
    following = position["list"] + 1
    if following < lists:
        return replace(
            work, done=following, position={**position, "list": following, "since": 0, "last": None}
        )
    done = position["round"] + 1
    if done < _ROUNDS and (position["touched"] or done == 1):
        return replace(work, position={**_start(now), "not_before": now + _SETTLES_S, "round": done})
    return replace(work, done=work.of, position=None, error=GAVE_UP if position["missed"] else None)


def _start(now: int) -> dict[str, Any]:
    return {"list": 0, "since": 0, "last": None, "touched": 0, "missed": 0, "not_before": now, "round": 0}


def _may_take_again(user_id: str, project_id: str, now: int) -> bool:
    user = setup.get(User, user_id, now)
    return user is not None and user.may_take(project_id)


def _move(lead_ids: list[str], work: Work, now: int) -> tuple[int, int]:
    """Move those that are still the agent's, each in a transaction of its own; return how many went, and how many not.

    What somebody else was writing at that moment, or could not be written, is met again by the next round.
    """
    rows = batch.read([leads.key(lead_id) for lead_id in lead_ids], now)
    by_kind, by_id = work.asked["by"]
    actor = Actor(kind=by_kind, id=by_id)
    found = (leads.found(lead_id, rows) for lead_id in lead_ids)
    theirs = [facts for facts in found if facts is not None and _is_to_move(facts, work, now)]
    moved = sum(_move_one(facts, work.asked["to"], actor, now) for facts in theirs)
    return moved, len(theirs) - moved


def _is_to_move(facts: Facts, work: Work, now: int) -> bool:
    try:
        working.require_workable(facts, now)
    except Conflict:
        return False
    if facts.agent_id != work.asked["from"]:
        return False
    return bool(work.asked["barred"]) or not _is_new(facts, work)


def _is_new(facts: Facts, work: Work) -> bool:
    """Tell whether the agent got the lead after the start; a door may remember for so long what it knew before."""
    started_at: int = work.asked["at"]
    return facts.given_at > started_at + setup.CACHED_FOR_S


def _move_one(facts: Facts, to_id: str | None, actor: Actor, now: int) -> bool:
    try:
        deed = deed_of(facts, _taker(to_id, facts, now), actor, now)
        if deed is None:
            return False
        write_deed(facts, deed, actor, now)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one lead must not hold the others
        observability.log_failure(error, lead_id=facts.lead_id)
        return False
    return True


def _taker(user_id: str | None, facts: Facts, now: int) -> str | None:
    """Return who gets the lead: nobody, if the user may not have it by now (ACC-8)."""
    user = setup.cached(User, user_id, now) if user_id else None
    return user.id if user is not None and user.may_take(facts.project_id) else None
