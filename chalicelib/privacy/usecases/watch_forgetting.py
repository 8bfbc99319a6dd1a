"""How far the erasure of many leads is: nobody counts it, it is what the facts say (PRI-6)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobState, WholePosition
from chalicelib.leads.store import leads
from chalicelib.privacy.domain.forgetting import ErasedTally, ForgetAsked, ForgetWork

KIND = "forget"


def start_watch(
    actor: Actor, job_id: str, lead_ids: Sequence[str], asked: str, effect: str, now: int
) -> None:
    """Note which leads are being erased, by what request (`asked`), and what was confirmed (`effect`).

    It is for who asks how far it is, or sends the request again.

    Noted before anything is erased; two of the same request at once note the same.
    """
    content: ForgetAsked = {"lead_ids": list(lead_ids), "asked": asked, "effect": effect}
    work = ForgetWork(KIND, content, WholePosition(), of=len(lead_ids))
    try:
        batch.write_one(jobs.enqueue(Job(job_id, actor.kind, actor.id, now, work)))
    except batch.Cancelled as cancelled:
        if cancelled.conflict:
            raise


def with_progress(job: Job, now: int) -> Job:
    """Return a forget job as far as it is now, with the receipts of what is erased; any other job as it is."""
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


def _erased(lead_ids: Sequence[str], now: int) -> dict[str, int]:
    found = leads.get_many(lead_ids, now)
    return {lead_id: facts.erased_at for lead_id, facts in found.items() if facts.erased_at is not None}
