"""After a change of closing stages, move leads to the list their stage means now, by a job (WRK-1, WRK-6)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.errors import Conflict
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts, worklist_of
from chalicelib.leads.usecases.work_lead import LeadUpdate
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.users import User
from chalicelib.work.domain.jobs import ReclassificationAsked, ReclassificationWork
from chalicelib.work.usecases.walk_worklists import move_one, new_work, walk_worklists

KIND = "relist"
_KINDS = ("open", "closed")


def start_writes(actor: Actor, before: Project, after: Project, now: int) -> list[batch.Write]:
    """Return the writes that start the job, for the transaction of the setting; no writes if no list changes.

    Functions cache the old stages for ten seconds, and the index lags. So the agents' lists are read again after half a
    minute until nothing is left, ten times at most.
    """
    if set(before.closing_stages) == set(after.closing_stages):
        return []
    agents = [user.id for user in configuration.list_all(User) if user.actor.belongs_to(after.id)]
    if not agents:
        return []
    job_id = f"job_relist_{after.id}_{after.version}"
    asked: ReclassificationAsked = {"project": after.id, "agents": agents, "job_id": job_id}
    work = new_work(KIND, asked, len(agents) * len(_KINDS), now)
    return jobs.insert(Job(job_id, actor.kind, actor.id, now, work))


def step(work: ReclassificationWork, now: int) -> ReclassificationWork:
    """Move the leads of a page to the list their stage means, each by itself and once."""
    asked = work.asked
    names = [worklist_of(kind, asked["project"], agent) for agent in asked["agents"] for kind in _KINDS]
    return walk_worklists(work, names, lambda found: _reclassify(found, work, now), now)


def reclassification(facts: Facts, project: Project) -> LeadUpdate | None:
    """Return the update that moves a lead to the list its stage means now, without activity; None if it is there."""
    after = lead_work.reclassified(facts, project)
    return None if after is facts else LeadUpdate("stage", after, {"from": facts.stage, "to": facts.stage})


def _reclassify(found: Sequence[Facts], work: ReclassificationWork, now: int) -> tuple[int, int]:
    """Return how many leads moved, and how many could not; the next round reads those again."""
    project = config.get(Project, work.asked["project"], now)
    actor = Actor(kind="job", id=work.asked["job_id"])
    misplaced = [facts for facts in found if _update(facts, project, now)]
    moved = sum(
        move_one(actor, facts, lambda current: _update(current, project, now), now) for facts in misplaced
    )
    return moved, len(misplaced) - moved


def _update(facts: Facts, project: Project, now: int) -> LeadUpdate | None:
    try:
        lead_work.require_workable(facts, now)
    except Conflict:
        return None
    return reclassification(facts, project)
