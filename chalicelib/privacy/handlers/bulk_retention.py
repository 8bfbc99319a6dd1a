"""The routes of the bulk changes of retention at project level (RET-20)."""

from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, Api
from chalicelib.jobs.schemas import JobStarted
from chalicelib.privacy.schemas.bulk_retention import CampaignsToSet, OutcomesToApply
from chalicelib.privacy.usecases import start_bulk_retention as bulk

api = Api(__name__)
_PROJECT = "/v1/projects/{project_id}"
_MANAGE = Permission.RETENTION_MANAGE


@api.route(
    f"{_PROJECT}/apply-outcomes",
    methods=["POST"],
    permission=AllOf((_MANAGE, Permission.PROJECTS_MANAGE)),
    body=OutcomesToApply,
    answer=JobStarted,
    status=202,
)
def post_apply_outcomes(request: ApiRequest[OutcomesToApply], project_id: str) -> JobStarted:
    """Apply the project's outcome rules to leads that have their outcome already, as a job.

    It needs a confirmation: the effect has the number of leads, and of persons that are erased immediately.
    """
    job_id = bulk.apply_outcomes(request.actor, project_id, request.confirmation, request.now)
    return JobStarted(job_id=job_id)


@api.route(
    f"{_PROJECT}/set-campaigns",
    methods=["POST"],
    permission=AllOf((_MANAGE, Permission.CAMPAIGNS_MANAGE)),
    body=CampaignsToSet,
    answer=JobStarted,
    status=202,
)
def post_set_campaigns(request: ApiRequest[CampaignsToSet], project_id: str) -> JobStarted:
    """Set one retention policy for all campaigns of a project, as a job; with `existing` also for their leads.

    It needs a confirmation: the effect has the number of campaigns and leads, and of persons that are erased
    immediately.
    """
    body = request.body
    job_id = bulk.set_campaigns(
        request.actor,
        project_id,
        body.retention.to_domain(),
        request.confirmation,
        request.now,
        existing=body.existing,
    )
    return JobStarted(job_id=job_id)
