"""The route that decides on a lead without storing it: the dry run (CAM-18, CAM-19)."""

from chalicelib.http import bodies, headers
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import SOURCE, Api
from chalicelib.intake.handlers.submissions import submission_of
from chalicelib.intake.schemas.decisions import DecisionExplanation
from chalicelib.intake.schemas.submissions import LeadBody, LeadForm
from chalicelib.intake.usecases.explain_lead import explain_lead

api = Api(__name__)


@api.route(
    "/v1/campaigns/{campaign_id}/leads/explain",
    methods=["POST"],
    permission=SOURCE,
    answer=DecisionExplanation,
    accepts={bodies.JSON: LeadBody, bodies.FORM: LeadForm},
    headers=(headers.IDEMPOTENCY_KEY, headers.CAMPAIGN_PASSWORD),
)
def post_explain(request: ApiRequest, campaign_id: str) -> DecisionExplanation:
    """Decide on a lead without storing or counting it, and get the whole trace.

    Body and checks are the same as for a real lead. Enabled validation services are really called.
    """
    key, password = request.header("idempotency-key"), request.header("x-campaign-password")
    found = explain_lead(submission_of(request, campaign_id, key, password), request.now)
    return DecisionExplanation.of(found.decision, found.campaign.version, show_detail=found.show_detail)
