"""The routes of reports: the leads of a campaign and their cost (INT-4, CAM-23)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.jobs.schemas import JobStarted
from chalicelib.reports.schemas.reports import PriceCorrection, Report, ReportQuery
from chalicelib.reports.usecases.correct_prices import correct_prices
from chalicelib.reports.usecases.report_campaign import report_campaign

api = Api(__name__)
_ONE = "/v1/campaigns/{campaign_id}"


@api.route(f"{_ONE}/report", permission=Permission.REPORTS_READ, query=ReportQuery, answer=Report)
def get_report(request: ApiRequest[None, ReportQuery], campaign_id: str) -> Report:
    """Report a campaign's leads by UTC day of receipt: status, reasons, cost and services.

    Groups under five are hidden from readers who may not see the leads.
    """
    first, last = request.query.period()
    return Report.of(report_campaign(request.actor, campaign_id, first, last, request.now))


@api.route(
    f"{_ONE}/price-correction",
    methods=["POST"],
    permission=Permission.CAMPAIGNS_MANAGE,
    body=PriceCorrection,
    answer=JobStarted,
    status=202,
)
def post_price_correction(request: ApiRequest[PriceCorrection], campaign_id: str) -> JobStarted:
    """Correct the price of a period's leads, as a job. Leads and reports change, and the change is recorded."""
    body = request.body
    job_id = correct_prices(
        request.actor, campaign_id, body.first, body.last, body.amount(), clock.new_id("job"), request.now
    )
    return JobStarted(job_id=job_id)
