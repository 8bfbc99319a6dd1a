"""The route that receives leads (INT-6)."""

from typing import Any

from chalicelib.core.errors import Forbidden, LeadwardenError, NotFound
from chalicelib.http import bodies, headers
from chalicelib.http.errors import status_of
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import INTAKE, Api, ApiResponse
from chalicelib.intake.domain.attempts import source_of
from chalicelib.intake.handlers.submissions import submission_of
from chalicelib.intake.schemas.intake import HTTP_STATUS, MEANINGFUL_STATUS, LeadResponse
from chalicelib.intake.schemas.submissions import LeadBody, LeadForm
from chalicelib.intake.usecases.receive_lead import IntakeResult, receive_lead

api = Api(__name__)


def _note_refusal(request: ApiRequest[Any, Any], error: LeadwardenError, campaign_id: str) -> None:
    """Record a refused post. A user who may not see the campaign is not a source of it (ACC-4)."""
    is_stranger = request.caller is not None and request.caller.kind == "user"
    if status_of(error) >= 500 or (is_stranger and isinstance(error, Forbidden | NotFound)):
        return
    from chalicelib.intake.usecases.record_refusal import RefusedPost, record_refusal  # seldom needed (B5)

    source = source_of(request.caller, sent_credential=request.header("authorization") is not None)
    post = RefusedPost(
        campaign_id, source, error.code, lambda: _values(request), request.request_id, error.fields
    )
    record_refusal(post, request.now)


def _values(request: ApiRequest[Any, Any]) -> dict[str, Any]:
    return bodies.parse_body(request.raw_body, request.header("content-type") or "")


@api.route(
    "/v1/campaigns/{campaign_id}/leads",
    methods=["POST"],
    permission=INTAKE,
    answer=LeadResponse,
    status=201,
    also={
        200: "The lead is rejected or a duplicate; the body says which.",
        202: "The lead is held for quality control.",
        409: "A duplicate, where `Prefer: status-codes` asks for it.",
        422: "A rejected lead, where `Prefer: status-codes` asks for it, or fields that are not acceptable.",
    },
    accepts={bodies.JSON: LeadBody, bodies.FORM: LeadForm},
    headers=(
        headers.IDEMPOTENCY_KEY,
        headers.PREFER,
        headers.CAMPAIGN_PASSWORD,
        headers.IDEMPOTENT_REPLAY,
    ),
    on_refusal=_note_refusal,
)
def submit_lead(request: ApiRequest, campaign_id: str) -> ApiResponse:
    """Post one lead to a campaign.

    The body is a JSON object or a form. With an `Idempotency-Key` or an `external_id`, a repeated request gets the
    first result and never makes a second lead.
    """
    key, password = request.header("idempotency-key"), request.header("x-campaign-password")
    result = receive_lead(submission_of(request, campaign_id, key, password), request.now)
    return _answer(result, request)


def _answer(result: IntakeResult, request: ApiRequest) -> ApiResponse:
    response_headers = {headers.IDEMPOTENT_REPLAY.name: "true"} if result.replayed else {}
    if result.facts is None:
        answer = LeadResponse.declined(result.declined or "")
        return ApiResponse(_status(answer, 200, request), answer, response_headers)
    if not result.facts.is_live(request.now):
        return ApiResponse(200, LeadResponse.of_erased(result.facts), response_headers)
    answer = LeadResponse.of(result.facts)
    return ApiResponse(_status(answer, HTTP_STATUS[answer.status], request), answer, response_headers)


def _status(answer: LeadResponse, usual: int, request: ApiRequest) -> int:
    preferences = request.header("prefer")
    if preferences and "status-codes" in preferences.replace(" ", "").split(","):
        return MEANINGFUL_STATUS.get(answer.status, usual)
    return usual
