"""Shows the progress of the erasure of many leads, as computed from their facts (PRI-6)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor, Permission
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import FORGET_ORDER, Job, JobState, WholePosition
from chalicelib.leads.store import leads
from chalicelib.privacy.domain.forget_work import OrderWork
from chalicelib.privacy.domain.forgetting import ErasedTally, ForgetAsked, ForgetWork

KIND = "forget"


def new_watch(
    actor: Actor, job_id: str, lead_ids: Sequence[str], asked: str, effect: str, now: int
) -> batch.Put:
    """Return the write that stores which leads are erased, by which request (`asked`), and the confirmed effect.

    The progress and a repeated request read it. It is stored before anything is erased. Two equal requests at once
    store the same.
    """
    content: ForgetAsked = {"lead_ids": list(lead_ids), "asked": asked, "effect": effect}
    work = ForgetWork(KIND, content, WholePosition(), of=len(lead_ids))
    return jobs.enqueue(Job(job_id, actor.kind, actor.id, now, work))


def require_right(actor: Actor, work: ForgetWork | OrderWork, now: int) -> None:
    """Raise Forbidden without `privacy.forget`, NotFound if a lead's project is not the reader's (ACC-4, ACC-11)."""
    actor.require(Permission.PRIVACY_FORGET)
    if work.kind == FORGET_ORDER:
        projects = set(cast(OrderWork, work).asked["projects"])
    else:
        found = leads.get_many_as_stored(cast(ForgetWork, work).asked["lead_ids"], now).values()
        projects = {facts.project_id for facts in found}
    for project_id in projects:
        actor.require_project(project_id)


def with_progress(job: Job, now: int) -> Job:
    """Return a forget job with its current progress and the leads erased so far; any other job unchanged.

    The job of an order has its progress; once it is done, its parts say when each lead was erased (PRI-8a).
    """
    if job.work.kind == FORGET_ORDER and job.state is JobState.DONE:
        return replace(job, work=replace(job.work, tally=ErasedTally(erased=_listed(job.id, now))))
    if job.work.kind != KIND:
        return job
    before: ForgetWork = job.work
    erased = _erased(before.asked["lead_ids"], now)
    work = replace(before, done=len(erased), tally=ErasedTally(erased=erased))
    if work.done < work.of:
        return replace(job, work=work)
    return replace(
        job,
        work=replace(work, position=None),
        state=JobState.DONE,
        ended_at=max(erased.values(), default=job.started_at),
    )


def _listed(job_id: str, now: int) -> dict[str, int]:
    return {
        lead_id: at for part in jobs.list_parts(job_id, now) for lead_id, at in part.get("erased", {}).items()
    }


def _erased(lead_ids: Sequence[str], now: int) -> dict[str, int]:
    facts_by_id = leads.get_many_as_stored(lead_ids, now)
    return {lead_id: facts.erased_at for lead_id, facts in facts_by_id.items() if facts.erased_at is not None}
