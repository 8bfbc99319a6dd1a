"""Reads a job and its progress."""

from chalicelib.core import registry
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, may_read
from chalicelib.jobs.usecases.check_rights import may, without_result


def read_job(actor: Actor, job_id: str, now: int) -> Job:
    """Return a job, for the user who started it or an admin. Raise NotFound for any other user.

    Without the rights that the job's work needs, the reader sees it as failed with `right_ended`, without its result
    (ACC-11).
    """
    job = jobs.get(job_id, now)
    if job is None or not may_read(actor, job):
        raise NotFound("There is no such job.")
    if not may(actor, job, now):
        return without_result(job)
    with_progress: Job = registry.hook("job_progress")(job, now)
    return with_progress
