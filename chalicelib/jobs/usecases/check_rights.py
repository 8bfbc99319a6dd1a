"""Asks again whether the user who started a job still may (ACC-11)."""

from dataclasses import replace

from chalicelib.core import registry
from chalicelib.core.access import Actor
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.jobs.domain import RIGHT_ENDED, Job, JobState
from chalicelib.routes import JOB_RIGHTS, RESULT_RIGHTS


def starter_may(job: Job, now: int) -> bool:
    """Return whether the user who started a job may still start it, by the rights of this moment.

    A job without a line in `routes.JOB_RIGHTS` completes a change that was made already, and always goes on. Raise
    Unavailable if the rights cannot be read.
    """
    if job.work.kind not in JOB_RIGHTS:
        return True
    return may(registry.hook("current_actor")(job.by_kind, job.by_id, now), job, now)


def may(actor: Actor, job: Job, now: int) -> bool:
    """Return whether an actor may do the work of a job, or read its result: by permission and projects."""
    required = JOB_RIGHTS.get(job.work.kind) or RESULT_RIGHTS.get(job.work.kind)
    if required is None:
        return True
    try:
        registry.load(required)(actor, job.work, now)
    except (Forbidden, NotFound):
        return False
    return True


def without_result(job: Job) -> Job:
    """Return the job as a reader without its rights sees it: failed with `right_ended`, and no result."""
    return replace(job, state=JobState.FAILED, error=RIGHT_ENDED, work=replace(job.work, tally={}))
