"""What falls due, and what would (RET-18)."""

from chalicelib import clock
from chalicelib.contracts.forecast import Forecast, ForecastQuery, WhatIf, WhatIfQuestion
from chalicelib.contracts.jobs import JobStarted, answer_of
from chalicelib.domain.access import Permission
from chalicelib.domain.jobs import Job, Work
from chalicelib.http.api import Also, Answer, Api
from chalicelib.http.call import Call
from chalicelib.usecases import forecast as due
from chalicelib.usecases.run_work import run_or_start
from chalicelib.usecases.what_if import what_if

forecast = Api(__name__)
_LONG = {202: Also("It takes longer: ask for the job.", JobStarted)}


@forecast.route(
    "/v1/forecast", permission=Permission.REPORTS_READ, query=ForecastQuery, answer=Forecast, also=_LONG
)
def get_forecast(call: Call[None, ForecastQuery]) -> Answer:
    """Forecast how many persons fall due a day, by campaign of your projects."""
    return _answer(call, due.forecast(call.query.days, call.actor, call.now))


@forecast.route(
    "/v1/campaigns/{campaign_id}/what-if",
    methods=["POST"],
    permission=Permission.REPORTS_READ,
    body=WhatIfQuestion,
    answer=WhatIf,
    also=_LONG,
)
def ask_what_if(call: Call[WhatIfQuestion], campaign_id: str) -> Answer:
    """Ask what would change if a campaign had other retention days; nothing is changed.

    Counts the live leads by day of receipt that would fall due earlier or later than they do.
    """
    return _answer(call, what_if(campaign_id, call.body.days, call.actor, call.now))


def _answer(call: Call[None, ForecastQuery] | Call[WhatIfQuestion], work: Work) -> Answer:
    result = run_or_start(work, clock.new_id("job"), call.actor, call.now)
    if isinstance(result, Job):
        return Answer(202, JobStarted(job_id=result.id))
    return Answer(200, answer_of(result))
