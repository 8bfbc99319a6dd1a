"""Jobs are continued until they are done, by whoever takes them (api.md, `GET /v1/jobs/{id}`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib import observability
from chalicelib.domain import jobs as domain
from chalicelib.domain.jobs import Job, State
from chalicelib.domain.times import Present
from chalicelib.stores import batch, jobs
from chalicelib.usecases.run_work import advance, steps_of

_LEASE_S = 900


def continue_jobs(present: Present, go_on: Callable[[], bool]) -> int:
    """Continue every waiting job while `go_on` says there is time; return how many came to their end.

    One at a time holds a job, by a lease; a crash repeats at most what came after the last checkpoint, which
    holds position and numbers in one row. What fails gives the job back, until it has failed too often.
    """
    return sum(_continue(job_id, present, go_on) for job_id in jobs.waiting(present()) if go_on())


def _continue(job_id: str, present: Present, go_on: Callable[[], bool]) -> bool:
    try:
        job = jobs.get(job_id, present())
        if job is None or job.state is not State.RUNNING:
            return False
        mine = _taken(job, present())
        with _given_back_if_it_fails(mine, present):
            return _run(mine, present, go_on)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one job must not hold the others
        observability.log_failure(error, job_id=job_id)
        return False


def _taken(job: Job, now: int) -> Job:
    mine = domain.taken(job, now + _LEASE_S)
    batch.write_one(jobs.taken(mine, now))
    return mine


@contextmanager
def _given_back_if_it_fails(mine: Job, present: Present) -> Iterator[None]:
    """Let the next run have the job as it stands, unless it is another's by now; if this fails, the lease runs out."""
    try:
        yield
    except Exception:
        now = present()
        job = jobs.get(mine.id, now)
        if job is not None and job.leased_until == mine.leased_until:
            batch.write_one(jobs.saved(domain.paused(job, now)))
        raise


def _run(job: Job, present: Present, go_on: Callable[[], bool]) -> bool:
    if job.tries > domain.MAX_TRIES:
        return _end(domain.ended(job, present(), domain.GAVE_UP))
    while job.work.position is not None:
        if not go_on():
            batch.write_one(jobs.saved(domain.released(job)))
            return False
        work = advance(job.work, steps_of(job.work), present())
        if work == job.work:  # it waits for a later time
            batch.write_one(jobs.saved(domain.released(job)))
            return False
        job = domain.continued(job, work)
        batch.write_one(jobs.saved(job))
    return _end(domain.ended(job, present(), job.work.error))


def _end(job: Job) -> bool:
    batch.write(jobs.closed(job), batch.token_of("job_end", job.id, job.version, job.ended_at))
    if job.state is State.FAILED:
        observability.metric("JobsFailed", 1)
    return True
