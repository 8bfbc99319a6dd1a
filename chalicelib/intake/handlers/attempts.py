"""The routes that tell what became of posts: refused ones, and the status of a lead (INT-18, INT-19)."""

from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import SOURCE, Api
from chalicelib.intake.schemas.attempts import Attempts
from chalicelib.intake.schemas.intake import LeadStatus
from chalicelib.intake.usecases.list_attempts import list_attempts
from chalicelib.intake.usecases.read_status import read_status

api = Api(__name__)


@api.route("/v1/campaigns/{campaign_id}/attempts", permission=Permission.CAMPAIGNS_MANAGE, answer=Attempts)
def get_attempts(request: ApiRequest, campaign_id: str) -> Attempts:
    """List the refused posts of a campaign, newest first, with their reasons and field codes.

    Of each second at most ten are kept, for a day, and the last hundred of a campaign. All are counted, by source and
    reason. Values and unknown field names are not kept.
    """
    return Attempts.of(*list_attempts(request.actor, campaign_id, request.now))


@api.route("/v1/campaigns/{campaign_id}/leads/{lead_id}/status", permission=SOURCE, answer=LeadStatus)
def get_status(request: ApiRequest, campaign_id: str, lead_id: str) -> LeadStatus:
    """Get the present status of a lead, as the source that sent it: also after a review.

    Any other source is answered as for a lead that does not exist.
    """
    return LeadStatus.of(read_status(request.actor, campaign_id, lead_id, request.now), request.now)
