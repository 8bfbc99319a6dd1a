"""The routes of subject requests (PRI-34)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.privacy.schemas.subject_requests import (
    NewSubjectRequest,
    SubjectRequestChange,
    SubjectRequestPage,
    SubjectRequestQuery,
    SubjectRequestResponse,
)
from chalicelib.privacy.usecases import record_request as use_case

api = Api(__name__)
_ALL, _ONE = "/v1/requests", "/v1/requests/{request_id}"
_DESK = Permission.PRIVACY_SEARCH


@api.route(
    _ALL,
    methods=["POST"],
    permission=_DESK,
    body=NewSubjectRequest,
    answer=SubjectRequestResponse,
    status=201,
)
def post_request(request: ApiRequest[NewSubjectRequest]) -> SubjectRequestResponse:
    """Record a request of a person: access, erasure, correction or objection.

    Its last day for the answer follows from the clock: one month (gdpr) or 45 days (ccpa). It contains no personal
    data.
    """
    body = request.body
    received = body.received_on.isoformat() if body.received_on else None
    created = use_case.create_subject_request(
        request.actor, clock.new_id("prq"), body.kind, received, body.clock, body.lead_ids, request.now
    )
    return SubjectRequestResponse.of(created, use_case.today_of(request.now))


@api.route(_ALL, permission=_DESK, query=SubjectRequestQuery, answer=SubjectRequestPage)
def get_requests(request: ApiRequest[None, SubjectRequestQuery]) -> SubjectRequestPage:
    """List requests; `state=open` shows the open ones, `late=true` the overdue ones.

    Managers see requests with leads in their projects, and requests without leads.
    """
    query, today = request.query, use_case.today_of(request.now)
    page = use_case.list_subject_requests(
        request.actor, query.state, query.late, query.limit, cursors.decrypt(request, LastKey), request.now
    )
    items = [SubjectRequestResponse.of(item, today) for item in page.items]
    return SubjectRequestPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=_DESK, answer=SubjectRequestResponse)
def get_request(request: ApiRequest, request_id: str) -> SubjectRequestResponse:
    """Read a request."""
    found = use_case.read_subject_request(request.actor, request_id, request.now)
    return SubjectRequestResponse.of(found, use_case.today_of(request.now))


@api.route(
    _ONE, methods=["PATCH"], permission=_DESK, body=SubjectRequestChange, answer=SubjectRequestResponse
)
def patch_request(request: ApiRequest[SubjectRequestChange], request_id: str) -> SubjectRequestResponse:
    """Answer a request, extend its time once, or set its leads."""
    changed = use_case.change_subject_request(
        request.actor, request_id, request.body.version, request.body.values(), request.now
    )
    return SubjectRequestResponse.of(changed, use_case.today_of(request.now))
