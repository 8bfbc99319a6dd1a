"""Lead types."""

from chalicelib import clock
from chalicelib.contracts.base import PageQuery
from chalicelib.contracts.lead_types import LeadTypeAnswer, LeadTypeChange, LeadTypePage, NewLeadType
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import ANY_USER, Api
from chalicelib.http.call import Call
from chalicelib.usecases.change_lead_type import change_lead_type
from chalicelib.usecases.create_lead_type import create_lead_type
from chalicelib.usecases.read_lead_types import list_lead_types, read_lead_type

lead_types = Api(__name__)
_ONE = "/v1/lead-types/{lead_type_id}"


@lead_types.route(
    "/v1/lead-types",
    methods=["POST"],
    permission=Permission.PROJECTS_MANAGE,
    body=NewLeadType,
    answer=LeadTypeAnswer,
    status=201,
)
def post_lead_type(call: Call[NewLeadType]) -> LeadTypeAnswer:
    """Add a lead type."""
    return LeadTypeAnswer.of(create_lead_type(call.actor, clock.new_id("lt"), call.body.values(), call.now))


@lead_types.route("/v1/lead-types", permission=ANY_USER, query=PageQuery, answer=LeadTypePage)
def get_lead_types(call: Call[None, PageQuery]) -> LeadTypePage:
    """List the lead types."""
    found, following = list_lead_types(call.query.limit, cursors.opened(call))
    return LeadTypePage(items=[LeadTypeAnswer.of(one) for one in found], next=cursors.sealed(call, following))


@lead_types.route(_ONE, permission=ANY_USER, answer=LeadTypeAnswer)
def get_lead_type(call: Call, lead_type_id: str) -> LeadTypeAnswer:
    """Read a lead type."""
    return LeadTypeAnswer.of(read_lead_type(lead_type_id, call.now))


@lead_types.route(
    _ONE,
    methods=["PATCH"],
    permission=Permission.PROJECTS_MANAGE,
    body=LeadTypeChange,
    answer=LeadTypeAnswer,
)
def patch_lead_type(call: Call[LeadTypeChange], lead_type_id: str) -> LeadTypeAnswer:
    """Change a lead type.

    Fields are added and retired, never removed; the kind of a field cannot be changed (409 `immutable`, INT-1).
    """
    changed = change_lead_type(call.actor, lead_type_id, call.body.version, call.body.values(), call.now)
    return LeadTypeAnswer.of(changed)
