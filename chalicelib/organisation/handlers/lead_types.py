"""The routes of lead types."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.organisation.schemas.lead_types import (
    LeadTypeChange,
    LeadTypePage,
    LeadTypeResponse,
    NewLeadType,
)
from chalicelib.organisation.usecases.change_lead_type import change_lead_type
from chalicelib.organisation.usecases.create_lead_type import create_lead_type
from chalicelib.organisation.usecases.read_lead_types import list_lead_types, read_lead_type

api = Api(__name__)
_ONE = "/v1/lead-types/{lead_type_id}"


@api.route(
    "/v1/lead-types",
    methods=["POST"],
    permission=Permission.PROJECTS_MANAGE,
    body=NewLeadType,
    answer=LeadTypeResponse,
    status=201,
)
def post_lead_type(request: ApiRequest[NewLeadType]) -> LeadTypeResponse:
    """Add a lead type."""
    return LeadTypeResponse.of(
        create_lead_type(request.actor, clock.new_id("lt"), request.body.values(), request.now)
    )


@api.route("/v1/lead-types", permission=ANY_USER, query=PageQuery, answer=LeadTypePage)
def get_lead_types(request: ApiRequest[None, PageQuery]) -> LeadTypePage:
    """List the lead types."""
    page = list_lead_types(request.query.limit, cursors.decrypt(request, LastKey))
    items = [LeadTypeResponse.of(lead_type) for lead_type in page.items]
    return LeadTypePage(items=items, next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=ANY_USER, answer=LeadTypeResponse)
def get_lead_type(request: ApiRequest, lead_type_id: str) -> LeadTypeResponse:
    """Read a lead type."""
    return LeadTypeResponse.of(read_lead_type(lead_type_id, request.now))


@api.route(
    _ONE,
    methods=["PATCH"],
    permission=Permission.PROJECTS_MANAGE,
    body=LeadTypeChange,
    answer=LeadTypeResponse,
)
def patch_lead_type(request: ApiRequest[LeadTypeChange], lead_type_id: str) -> LeadTypeResponse:
    """Change a lead type.

    Fields can be added and retired, not removed. The kind of a field cannot be changed (409 `immutable`, INT-1).
    """
    changed = change_lead_type(
        request.actor, lead_type_id, request.body.version, request.body.values(), request.now
    )
    return LeadTypeResponse.of(changed)
