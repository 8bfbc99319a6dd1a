"""How far a job is."""

from chalicelib.domain.access import Actor
from chalicelib.domain.errors import NotFound
from chalicelib.domain.jobs import Job, may_read
from chalicelib.stores import jobs
from chalicelib.usecases.watch_forgetting import KIND, watch_step


def read_job(job_id: str, actor: Actor, now: int) -> Job:
    """Return a job to who started it or to an admin; NotFound for anybody else."""
    job = jobs.get(job_id, now)
    if job is None or not may_read(actor, job):
        raise NotFound("There is no such job.")
    return watch_step(job, now) if job.work.kind == KIND else job
