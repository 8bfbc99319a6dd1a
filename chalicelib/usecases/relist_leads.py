"""A project has other closing stages: its leads move to the list their stage means now, by a job (WRK-1, WRK-6)."""

from dataclasses import replace
from typing import Any

from chalicelib import observability
from chalicelib.domain import work as working
from chalicelib.domain.access import Actor
from chalicelib.domain.errors import Conflict
from chalicelib.domain.jobs import Job, Work
from chalicelib.domain.leads import Facts, worklist_of
from chalicelib.domain.setup import Project, User
from chalicelib.stores import batch, jobs, leads, setup
from chalicelib.usecases import changes
from chalicelib.usecases.work_lead import Deed, write_deed

KIND = "relist"
_KINDS = ("open", "closed")
_PAGE = 25
_SETTLES_S = 30
_ROUNDS = 10


def starting(before: Project, after: Project, actor: Actor, now: int) -> list[batch.Write]:
    """Return the writes that start the job, for the transaction of the setting; none if no lead's list changes by it.

    A door may know the stages as they were for ten seconds, and the index lags: the agents' lists are gone through
    again until, half a minute later, nothing is left; ten times at most.
    """
    if set(before.closing_stages) == set(after.closing_stages):
        return []
    agents = [user.id for user in setup.all_of(User) if user.actor.belongs_to(after.id)]
    if not agents:
        return []
    job_id = f"job_relist_{after.id}_{after.version}"
    asked = {"project": after.id, "agents": agents, "job_id": job_id}
    lists = len(agents) * len(_KINDS)
    work = Work(KIND, asked, _start(now), of=lists, tally={"leads": {"moved": 0}})
    return jobs.added(Job(job_id, actor.kind, actor.id, now, work))


def step(work: Work, now: int) -> Work:
    """Put the leads of a page of a list into the list their stage means; each by itself, and none twice."""
    position: dict[str, Any] = work.position or {}
    if now < position["not_before"]:
        return work
    asked = work.asked
    names = [worklist_of(kind, asked["project"], agent) for agent in asked["agents"] for kind in _KINDS]
    page = leads.in_worklist(names[position["list"]], position["since"], now, _PAGE, position["last"])
    moved, missed = _relist([lead_id for lead_id, _ in page], work, now)
    after = replace(work, tally={"leads": {"moved": work.tally["leads"]["moved"] + moved}})
    ahead = {**position, "touched": position["touched"] + moved + missed}
    if len(page) == _PAGE:
        last, since = page[-1]
        return replace(after, position={**ahead, "since": since, "last": last})
    return _next_list(after, ahead, len(names), now)


def relisting(facts: Facts, project: Project) -> Deed | None:
    """Return what puts a lead into the list its stage means now, which is no activity; None if it stands there."""
    after = working.relisted(facts, project)
    return None if after is facts else Deed("stage", after, {"from": facts.stage, "to": facts.stage})


def _next_list(work: Work, position: dict[str, Any], lists: int, now: int) -> Work:
    following = position["list"] + 1
    if following < lists:
        ahead = {"list": following, "since": 0, "last": None}
        return replace(work, done=following, position={**position, **ahead})
    done = position["round"] + 1
    if done < _ROUNDS and (position["touched"] or done == 1):
        return replace(work, position={**_start(now), "not_before": now + _SETTLES_S, "round": done})
    return replace(work, done=work.of, position=None)


def _start(now: int) -> dict[str, Any]:
    return {"list": 0, "since": 0, "last": None, "touched": 0, "not_before": now, "round": 0}


def _relist(lead_ids: list[str], work: Work, now: int) -> tuple[int, int]:
    """Return how many leads went, and how many could not: those are met again by the next round."""
    project = changes.read(Project, work.asked["project"], now)
    actor = Actor(kind="job", id=work.asked["job_id"])
    rows = batch.read([leads.key(lead_id) for lead_id in lead_ids], now)
    found = (leads.found(lead_id, rows) for lead_id in lead_ids)
    deeds = [(facts, deed) for facts in found if facts is not None and (deed := _deed(facts, project, now))]
    moved = sum(_write(facts, deed, actor, now) for facts, deed in deeds)
    return moved, len(deeds) - moved


def _deed(facts: Facts, project: Project, now: int) -> Deed | None:
    try:
        working.require_workable(facts, now)
    except Conflict:
        return None
    return relisting(facts, project)


def _write(facts: Facts, deed: Deed, actor: Actor, now: int) -> bool:
    try:
        write_deed(facts, deed, actor, now)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one lead must not hold the others
        observability.log_failure(error, lead_id=facts.lead_id)
        return False
    return True
