"""The route of jobs."""

from chalicelib.core import registry
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, Api
from chalicelib.jobs.schemas import Job
from chalicelib.jobs.usecases.read_job import read_job

api = Api(__name__)


@api.route("/v1/jobs/{job_id}", permission=ANY_USER, answer=Job)
def get_job(request: ApiRequest, job_id: str) -> Job:
    """Read the progress of one of your jobs, and its result when it is done."""
    job = read_job(request.actor, job_id, request.now)
    return Job.of(job, registry.hook("job_files")(request.actor, job, request.now))
