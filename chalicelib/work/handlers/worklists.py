"""The lists of leads of agents and managers (WRK-4, WRK-5, WRK-10, WRK-12)."""

from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, Api
from chalicelib.leads.schemas.leads import Lead, LeadPage
from chalicelib.ledger.domain.entries import Access
from chalicelib.work.schemas.worklists import ManagedQuery, WorklistQuery
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.worklists import WorklistPosition

api = Api(__name__)
_PROJECT = "/v1/projects/{project_id}"
_READ = Permission.LEADS_READ
_SEE = AllOf((Permission.LEADS_ASSIGN, _READ))


@api.route("/v1/worklist", permission=_READ, query=WorklistQuery, answer=LeadPage)
def get_worklist(request: ApiRequest[None, WorklistQuery]) -> LeadPage:
    """List the leads assigned to you: open ones (longest inactive first), follow-ups, at-risk ones, or closed ones."""
    query, access = request.query, Access(request.actor, "list", request.request_id)
    after = cursors.decrypt(request, WorklistPosition)
    page = own_worklist(access, query.show, query.limit, after, request.now, persons=query.person)
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    return LeadPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(f"{_PROJECT}/retired", permission=_SEE, query=ManagedQuery, answer=LeadPage)
def get_retired(request: ApiRequest[None, ManagedQuery], project_id: str) -> LeadPage:
    """List a project's retired leads, longest retired first."""
    return _managed(request, project_id, "retired")


@api.route(f"{_PROJECT}/unassigned", permission=_SEE, query=ManagedQuery, answer=LeadPage)
def get_unassigned(request: ApiRequest[None, ManagedQuery], project_id: str) -> LeadPage:
    """List a project's unassigned leads, longest waiting first."""
    return _managed(request, project_id, "unassigned")


@api.route(f"{_PROJECT}/at-risk", permission=_SEE, query=ManagedQuery, answer=LeadPage)
def get_at_risk(request: ApiRequest[None, ManagedQuery], project_id: str) -> LeadPage:
    """List a project's leads that retire within the warning period, soonest first."""
    return _managed(request, project_id, "at_risk")


def _managed(request: ApiRequest[None, ManagedQuery], project_id: str, show: str) -> LeadPage:
    query, access = request.query, Access(request.actor, "list", request.request_id)
    after = cursors.decrypt(request, WorklistPosition)
    page = managed_worklist(access, project_id, show, query.limit, after, request.now, persons=query.person)
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    return LeadPage(items=items, next=cursors.encrypt(request, page.next))
