"""The route for the retention of one lead (RET-10)."""

from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.leads.schemas.retention import RetentionChange, RetentionResponse
from chalicelib.leads.usecases.set_retention import set_retention

api = Api(__name__)


@api.route(
    "/v1/leads/{lead_id}/retention",
    methods=["PUT"],
    permission=Permission.RETENTION_MANAGE,
    body=RetentionChange,
    answer=RetentionResponse,
)
def put_retention(request: ApiRequest[RetentionChange], lead_id: str) -> RetentionResponse:
    """Set, change or remove the retention of one lead.

    This is possible only before its initial deadline (409 `deadline_passed`). It needs a confirmation: the first
    request answers 409 with the effect and a token.
    """
    facts = set_retention(request.actor, lead_id, request.body.to_domain(), request.confirmation, request.now)
    return RetentionResponse.of(facts, request.now)
