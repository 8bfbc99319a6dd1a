"""Does small work at once, and larger work as a job (RET-18)."""

from typing import TypeVar

from chalicelib.aws.dynamodb import batch
from chalicelib.core import registry
from chalicelib.core.access import Actor
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobWork
from chalicelib.routes import JOB_STEPS

_AT_ONCE = 60
_AT_A_CHECKPOINT = 50
A = TypeVar("A")
P = TypeVar("P")
T = TypeVar("T")


def advance(work: JobWork[A, P, T], steps: int, now: int) -> JobWork[A, P, T]:
    """Do up to `steps` steps of the work."""
    for _ in range(steps):
        if work.position is None:
            break
        step = registry.load(JOB_STEPS[work.kind].name)
        work = step(work, now)
    return work


def steps_per_checkpoint(work: JobWork) -> int:
    """Return how many steps lie between two checkpoints. Work that writes leads has one after every page."""
    return 1 if JOB_STEPS[work.kind].writes else _AT_A_CHECKPOINT


def run_or_start(actor: Actor, work: JobWork[A, P, T], job_id: str, now: int) -> JobWork[A, P, T] | Job:
    """Return the finished work, or, if it is too much for one request, the job that continues it.

    Example:
        >>> from chalicelib.reports.usecases.forecast import forecast
        >>> done = run_or_start(actor, forecast(actor, 30, now), "job_1", now)
        >>> isinstance(done, Job), done.tally
        (False, {'cmp_1': {'2027-01-25': 1}})
    """
    work = advance(work, _AT_ONCE, now)
    if work.position is None:
        return work
    job = Job(job_id, actor.kind, actor.id, now, work)
    batch.write(jobs.insert(job), batch.token_of("job", job_id))
    return job
