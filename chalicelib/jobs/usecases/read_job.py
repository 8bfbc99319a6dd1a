"""Reads a job and its progress."""

from chalicelib.core import registry
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, may_read


def read_job(actor: Actor, job_id: str, now: int) -> Job:
    """Return a job, for the user who started it or an admin. Raise NotFound for any other user."""
    job = jobs.get(job_id, now)
    if job is None or not may_read(actor, job):
        raise NotFound("There is no such job.")
    with_progress: Job = registry.hook("job_progress")(job, now)
    return with_progress
