"""The routes of forecasts: how many persons reach their end, and how many would (RET-18)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AlternateResponse, Api, ApiResponse
from chalicelib.jobs.domain import Job, JobWork
from chalicelib.jobs.schemas import JobStarted, result_of
from chalicelib.jobs.usecases.run_steps import run_or_start
from chalicelib.reports.schemas.forecast import Forecast, ForecastQuery, WhatIf, WhatIfQuestion
from chalicelib.reports.usecases import forecast as due
from chalicelib.reports.usecases.what_if import what_if

api = Api(__name__)
_LONG = {202: AlternateResponse("The count takes longer: read the job.", JobStarted)}


@api.route(
    "/v1/forecast", permission=Permission.REPORTS_READ, query=ForecastQuery, answer=Forecast, also=_LONG
)
def get_forecast(request: ApiRequest[None, ForecastQuery]) -> ApiResponse:
    """Forecast how many persons reach their end each day, by campaign, in your projects."""
    return _answer(request, due.forecast(request.actor, request.query.days, request.now))


@api.route(
    "/v1/campaigns/{campaign_id}/what-if",
    methods=["POST"],
    permission=Permission.REPORTS_READ,
    body=WhatIfQuestion,
    answer=WhatIf,
    also=_LONG,
)
def ask_what_if(request: ApiRequest[WhatIfQuestion], campaign_id: str) -> ApiResponse:
    """Forecast the effect of other retention days on a campaign; nothing is changed.

    It counts the live leads by day of receipt whose end would be earlier or later.
    """
    return _answer(request, what_if(request.actor, campaign_id, request.body.days, request.now))


def _answer(
    request: ApiRequest[None, ForecastQuery] | ApiRequest[WhatIfQuestion], work: JobWork
) -> ApiResponse:
    result = run_or_start(request.actor, work, clock.new_id("job"), request.now)
    if isinstance(result, Job):
        return ApiResponse(202, JobStarted(job_id=result.id))
    return ApiResponse(200, result_of(result))
