"""Work done at once where it is small, and as a job where it is not (RET-18)."""

from collections.abc import Callable

from chalicelib.domain.access import Actor
from chalicelib.domain.jobs import Job, JobWork
from chalicelib.stores import batch, jobs
from chalicelib.usecases import (
    correct_prices,
    forecast,
    forecast_retirements,
    move_leads,
    relist_leads,
    what_if,
)

_AT_ONCE = 60
_AT_A_CHECKPOINT = 50
_STEPS: dict[str, Callable[[JobWork, int], JobWork]] = {
    forecast.KIND: forecast.step,
    what_if.KIND: what_if.step,
    forecast_retirements.KIND: forecast_retirements.step,
    move_leads.KIND: move_leads.step,
    correct_prices.KIND: correct_prices.step,
    relist_leads.KIND: relist_leads.step,
}
_WRITING = (move_leads.KIND, correct_prices.KIND, relist_leads.KIND)


def advance(work: JobWork, steps: int, now: int) -> JobWork:
    """Do up to `steps` steps of the work."""
    for _ in range(steps):
        if work.position is None:
            break
        work = _STEPS[work.kind](work, now)
    return work


def steps_per_checkpoint(work: JobWork) -> int:
    """Return how many steps lie between two checkpoints: what writes leads has one after every page of them."""
    return 1 if work.kind in _WRITING else _AT_A_CHECKPOINT


def run_or_start(work: JobWork, job_id: str, actor: Actor, now: int) -> JobWork | Job:
    """Return the work done, or, where it is more than one request may take, the job that goes on with it."""
    work = advance(work, _AT_ONCE, now)
    if work.position is None:
        return work
    job = Job(job_id, actor.kind, actor.id, now, work)
    batch.write(jobs.insert(job), batch.token_of("job", job_id))
    return job
