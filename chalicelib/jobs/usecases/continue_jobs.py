"""Continue jobs until they are done (api.md, Jobs)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.core.times import Present
from chalicelib.jobs import domain as jobs_domain
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import COUNTS, Job, JobState
from chalicelib.jobs.usecases.check_rights import starter_may
from chalicelib.jobs.usecases.run_steps import advance, steps_per_checkpoint


def continue_jobs(
    clock: Present, has_time: Callable[[], bool], queue: str = COUNTS, *, event_id: str | None = None
) -> int:
    """Continue every waiting job of a queue while `has_time` is true. Return how many jobs ended.

    One process at a time works on a job, by a lease. A checkpoint holds position and numbers in one row: a crash
    repeats at most the work after it. After an error the job is released, until it has failed too often. Before each
    checkpoint's work the starter's rights are read again; without them the job ends as `right_ended` (ACC-11).

    With the id of its event, a process goes on at once with what a killed try of the same event has left.
    """
    return sum(
        _continue(job_id, clock, has_time, event_id)
        for job_id in jobs.list_waiting(clock(), queue)
        if has_time()
    )


@dataclass
class _Held:
    """The job as this process last wrote it, with its lease, and the event that holds the lease."""

    job: Job
    event_id: str | None


def _continue(job_id: str, clock: Present, has_time: Callable[[], bool], event_id: str | None) -> bool:
    try:
        job = jobs.get(job_id, clock())
        if job is None or job.state is not JobState.RUNNING:
            return False
        held = _Held(_acquire(job, clock(), event_id), event_id)
        with _release_on_failure(held, clock):
            return _run(held, clock, has_time)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one job must not stop the others
        observability.log_failure(error, job_id=job_id)
        return False


def _acquire(job: Job, now: int, event_id: str | None) -> Job:
    acquired = jobs_domain.acquired(job, now + job.lease_s)
    batch.write_one(jobs.acquire(acquired, now, event_id))
    return acquired


@contextmanager
def _release_on_failure(held: _Held, clock: Present) -> Iterator[None]:
    """Release the lease after an error, unless another process has it now. If this fails, the lease runs out."""
    try:
        yield
    except Exception:
        now = clock()
        job = jobs.get(held.job.id, now)
        if job is not None and job.leased_until == held.job.leased_until:
            batch.write_one(jobs.put(jobs_domain.paused(job, now)))
        raise


def _run(held: _Held, clock: Present, has_time: Callable[[], bool]) -> bool:
    job = held.job
    if job.gives_up:
        return _end(jobs_domain.ended(job, clock(), jobs_domain.GAVE_UP))
    while job.work.position is not None:
        if not has_time():
            batch.write_one(jobs.put(jobs_domain.lease_released(job)))
            return False
        if not starter_may(job, clock()):
            return _end(jobs_domain.ended(job, clock(), jobs_domain.RIGHT_ENDED))
        work = advance(job.work, steps_per_checkpoint(job.work), clock())
        if work == job.work:  # the job waits for a later instant
            batch.write_one(jobs.put(jobs_domain.lease_released(job)))
            return False
        job = held.job = jobs_domain.continued(job, work, clock())
        batch.write_one(jobs.put(job, held.event_id))
    return _end(jobs_domain.ended(job, clock(), job.work.error))


def _end(job: Job) -> bool:
    batch.write(jobs.close(job), batch.token_of("job_end", job.id, job.version, job.ended_at))
    if job.state is JobState.FAILED:
        observability.metric("JobsFailed", 1)
    return True
