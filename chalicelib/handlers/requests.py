"""Requests of persons, with their clocks (PRI-34)."""

from chalicelib import clock
from chalicelib.contracts.requests import (
    NewRequest,
    RequestAnswer,
    RequestChange,
    RequestPage,
    RequestQuery,
)
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import Api
from chalicelib.http.call import Call
from chalicelib.usecases import record_request as use_case

requests = Api(__name__)
_ALL, _ONE = "/v1/requests", "/v1/requests/{request_id}"
_DESK = Permission.PRIVACY_SEARCH


@requests.route(_ALL, methods=["POST"], permission=_DESK, body=NewRequest, answer=RequestAnswer, status=201)
def post_request(call: Call[NewRequest]) -> RequestAnswer:
    """Keep a request of a person: access, erasure, correction or objection.

    Its due day follows from the clock: one month (gdpr) or 45 days (ccpa). It holds no personal data.
    """
    body = call.body
    received = body.received_on.isoformat() if body.received_on else None
    made = use_case.create_request(
        call.actor, clock.new_id("prq"), body.kind, received, body.clock, body.lead_ids, call.now
    )
    return RequestAnswer.of(made, use_case.today_of(call.now))


@requests.route(_ALL, permission=_DESK, query=RequestQuery, answer=RequestPage)
def get_requests(call: Call[None, RequestQuery]) -> RequestPage:
    """List requests; `state=open` shows what is to be answered, `late=true` what is overdue.

    Managers see those whose leads are in their projects, and those that name no lead.
    """
    query, today = call.query, use_case.today_of(call.now)
    found, following = use_case.list_requests(
        call.actor, query.state, query.late, query.limit, cursors.opened(call), call.now
    )
    items = [RequestAnswer.of(one, today) for one in found]
    return RequestPage(items=items, next=cursors.sealed(call, following))


@requests.route(_ONE, permission=_DESK, answer=RequestAnswer)
def get_request(call: Call, request_id: str) -> RequestAnswer:
    """Read a request."""
    found = use_case.read_request(call.actor, request_id, call.now)
    return RequestAnswer.of(found, use_case.today_of(call.now))


@requests.route(_ONE, methods=["PATCH"], permission=_DESK, body=RequestChange, answer=RequestAnswer)
def patch_request(call: Call[RequestChange], request_id: str) -> RequestAnswer:
    """Answer a request, extend its clock once, or name its leads."""
    changed = use_case.change_request(call.actor, request_id, call.body.version, call.body.values(), call.now)
    return RequestAnswer.of(changed, use_case.today_of(call.now))
