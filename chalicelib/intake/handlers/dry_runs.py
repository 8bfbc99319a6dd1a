"""The route that decides on a lead without storing it: the dry run (CAM-18, CAM-19)."""

from chalicelib import clock
from chalicelib.http import bodies, headers
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import SOURCE, Api
from chalicelib.intake.schemas.decisions import DecisionExplanation
from chalicelib.intake.schemas.examples import EXPLAIN_LEAD
from chalicelib.intake.schemas.submissions import LeadBody, LeadForm
from chalicelib.intake.usecases.evaluate_lead import Submission
from chalicelib.intake.usecases.explain_lead import explain_lead

api = Api(__name__)


@api.route(
    "/v1/campaigns/{campaign_id}/leads/explain",
    methods=["POST"],
    permission=SOURCE,
    answer=DecisionExplanation,
    accepts={bodies.JSON: LeadBody, bodies.FORM: LeadForm},
    headers=(headers.IDEMPOTENCY_KEY, headers.CAMPAIGN_PASSWORD),
    examples=EXPLAIN_LEAD,
)
def post_explain(request: ApiRequest, campaign_id: str) -> DecisionExplanation:
    """Decide on a lead without storing or counting it, and get the whole trace.

    Body and checks are the same as for a real lead. Enabled validation services are really called.
    """
    submission = Submission(
        campaign_id=campaign_id,
        values=bodies.parse_body(request.raw_body, request.header("content-type") or ""),
        actor=request.caller,
        fresh_id=clock.new_id("lead"),
        idempotency_key=request.header("idempotency-key"),
        password=request.header("x-campaign-password"),
    )
    found = explain_lead(submission, request.now)
    return DecisionExplanation.of(found.decision, found.campaign.version, show_detail=found.show_detail)
