"""The route of refused posts (INT-18)."""

from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.intake.schemas.attempts import Attempts
from chalicelib.intake.usecases.list_attempts import list_attempts

api = Api(__name__)


@api.route("/v1/campaigns/{campaign_id}/attempts", permission=Permission.CAMPAIGNS_MANAGE, answer=Attempts)
def get_attempts(request: ApiRequest, campaign_id: str) -> Attempts:
    """List the refused posts of a campaign, newest first, with their reasons and field codes.

    Of each second at most ten are kept, for a day, and the last hundred of a campaign. All are counted, by source and
    reason. Values and unknown field names are not kept.
    """
    return Attempts.of(*list_attempts(request.actor, campaign_id, request.now))
