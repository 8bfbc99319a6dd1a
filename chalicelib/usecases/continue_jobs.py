"""Jobs are continued until they are done, by whoever takes them (api.md, `GET /v1/jobs/{id}`)."""

from collections.abc import Callable

from chalicelib import observability
from chalicelib.domain import jobs as domain
from chalicelib.domain.jobs import Job, State
from chalicelib.stores import batch, jobs
from chalicelib.usecases.run_work import advance

_LEASE_S = 900
_STEPS = 50


def continue_jobs(now: int, go_on: Callable[[], bool]) -> int:
    """Continue every waiting job while `go_on` says there is time; return how many came to their end.

    One at a time holds a job, by a lease; a crash repeats at most what came after the last checkpoint, which
    holds position and numbers in one row, so nothing counts twice.
    """
    return sum(_continue(job_id, now, go_on) for job_id in jobs.waiting(now) if go_on())


def _continue(job_id: str, now: int, go_on: Callable[[], bool]) -> bool:
    job = jobs.get(job_id, now)
    if job is None or job.state is not State.RUNNING:
        return False
    try:
        return _run(_taken(job, now), now, go_on)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one job must not hold the others; its lease runs out
        observability.log_failure(error, job_id=job_id)
        return False


def _taken(job: Job, now: int) -> Job:
    mine = domain.taken(job, now + _LEASE_S)
    batch.write_one(jobs.taken(mine, now))
    return mine


def _run(job: Job, now: int, go_on: Callable[[], bool]) -> bool:
    if job.tries > domain.MAX_TRIES:
        return _end(domain.ended(job, now, "gave_up"), now)
    while job.work.position is not None:
        if not go_on():
            batch.write_one(jobs.saved(domain.released(job)))
            return False
        work = advance(job.work, _STEPS, now)
        if work == job.work:  # it waits for a later time
            batch.write_one(jobs.saved(domain.released(job)))
            return False
        job = domain.continued(job, work)
        batch.write_one(jobs.saved(job))
    return _end(domain.ended(job, now), now)


def _end(job: Job, now: int) -> bool:
    batch.write(jobs.closed(job), batch.token_of("job_end", job.id, job.version, now))
    return True
