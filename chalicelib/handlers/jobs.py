"""Long work."""

from chalicelib.contracts.jobs import Job
from chalicelib.http.api import ANY_USER, Api
from chalicelib.http.call import ApiRequest
from chalicelib.usecases.export_contact import links_of
from chalicelib.usecases.read_job import read_job

jobs = Api(__name__)


@jobs.route("/v1/jobs/{job_id}", permission=ANY_USER, answer=Job)
def get_job(request: ApiRequest, job_id: str) -> Job:
    """Read how far a job of yours is, and its result once it is done."""
    job = read_job(job_id, request.actor, request.now)
    return Job.of(job, links_of(job, request.actor, request.now))
