"""The forecast of retirements, and their undoing (WRK-6, WRK-13)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.times import read_moment
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AlternateResponse, Api, ApiResponse
from chalicelib.jobs.domain import Job
from chalicelib.jobs.schemas import JobStarted, result_of
from chalicelib.jobs.usecases.run_steps import run_or_start
from chalicelib.work.schemas.retirements import RestoreRetired, RetirementForecast, RetirementQuery
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.restore_retired import restore_retired

api = Api(__name__)
_PROJECT = "/v1/projects/{project_id}"
_ASSIGN = Permission.LEADS_ASSIGN


@api.route(
    f"{_PROJECT}/retired/restore",
    methods=["POST"],
    permission=_ASSIGN,
    body=RestoreRetired,
    answer=JobStarted,
    status=202,
)
def post_retired_restore(request: ApiRequest[RestoreRetired], project_id: str) -> JobStarted:
    """Give leads that were retired since an instant of the last 24 hours back to their agents, as a job.

    It undoes a wrong period of inactivity: set the period right first. It is confirmed with its numbers (409, RET-12).
    """
    since = read_moment(request.body.since)
    job_id = restore_retired(request.actor, project_id, since, request.confirmation, request.now)
    return JobStarted(job_id=job_id)


@api.route(
    f"{_PROJECT}/retirement-forecast",
    permission=_ASSIGN,
    query=RetirementQuery,
    answer=RetirementForecast,
    also={202: AlternateResponse("The count takes longer: read the job.", JobStarted)},
)
def get_retirement_forecast(request: ApiRequest[None, RetirementQuery], project_id: str) -> ApiResponse:
    """Forecast how many leads retire each day without an activity, by agent.

    With `inactivity` or `working_hours` it is the preview of another period, and changes nothing.
    """
    query = request.query
    work = forecast_retirements(request.actor, project_id, query.days, request.now, **query.preview)
    result = run_or_start(request.actor, work, clock.new_id("job"), request.now)
    if isinstance(result, Job):
        return ApiResponse(202, JobStarted(job_id=result.id))
    return ApiResponse(200, result_of(result))
