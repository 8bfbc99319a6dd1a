"""The routes of worklists and of their management (WRK-4, WRK-5, WRK-10 … WRK-13, WRK-15)."""

from chalicelib import clock
from chalicelib.blocks.schemas import ContactQuery
from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.core.times import read_moment
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, AlternateResponse, Api, ApiResponse
from chalicelib.http.schemas.base import PageQuery
from chalicelib.jobs.domain import Job
from chalicelib.jobs.schemas import JobStarted, result_of
from chalicelib.jobs.usecases.run_steps import run_or_start
from chalicelib.leads.schemas.leads import Lead, LeadPage
from chalicelib.ledger.domain.entries import Access
from chalicelib.privacy.domain.desk import ContactPosition
from chalicelib.work.schemas.worklists import (
    Agent,
    AgentPage,
    LeadResult,
    LeadResults,
    ManagedQuery,
    ReassignAll,
    Reassignment,
    RestoreRetired,
    RetirementForecast,
    RetirementQuery,
    WorklistQuery,
)
from chalicelib.work.usecases.assign_lead import reassign_leads
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.list_agents import list_agents
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.reassign_all import reassign_all
from chalicelib.work.usecases.restore_retired import restore_retired
from chalicelib.work.usecases.search_worklist import search_worklist
from chalicelib.work.usecases.worklists import WorklistPosition

api = Api(__name__)
_PROJECT = "/v1/projects/{project_id}"
_READ, _ASSIGN = Permission.LEADS_READ, Permission.LEADS_ASSIGN
_SEE = AllOf((_ASSIGN, _READ))


@api.route("/v1/worklist", permission=_READ, query=WorklistQuery, answer=LeadPage)
def get_worklist(request: ApiRequest[None, WorklistQuery]) -> LeadPage:
    """List the leads assigned to you: open ones (longest inactive first), follow-ups, at-risk ones, or closed ones."""
    query, access = request.query, Access(request.actor, "list", request.request_id)
    after = cursors.decrypt(request, WorklistPosition)
    page = own_worklist(access, query.show, query.limit, after, request.now, persons=query.person)
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    return LeadPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(
    "/v1/worklist/search",
    methods=["POST"],
    permission=_READ,
    body=ContactQuery,
    query=PageQuery,
    answer=LeadPage,
)
def post_worklist_search(request: ApiRequest[ContactQuery, PageQuery]) -> LeadPage:
    """Search the leads you may see by phone number or e-mail address, newest first. The search is recorded.

    A page may be short or empty and still have a next one.
    """
    access = Access(request.actor, "search", request.request_id)
    body, after = request.body, cursors.decrypt(request, ContactPosition)
    page = search_worklist(access, body.kind, body.value, request.query.limit, after, request.now)
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    return LeadPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(f"{_PROJECT}/retired", permission=_SEE, query=ManagedQuery, answer=LeadPage)
def get_retired(request: ApiRequest[None, ManagedQuery], project_id: str) -> LeadPage:
    """List a project's retired leads, longest retired first."""
    return _managed(request, project_id, "retired")


@api.route(
    f"{_PROJECT}/retired/restore",
    methods=["POST"],
    permission=_ASSIGN,
    body=RestoreRetired,
    answer=JobStarted,
    status=202,
)
def post_retired_restore(request: ApiRequest[RestoreRetired], project_id: str) -> JobStarted:
    """Give leads that were retired since an instant of the last 24 hours back to their agents, as a job.

    It undoes a wrong period of inactivity: set the period right first. It is confirmed with its numbers (409, RET-12).
    """
    since = read_moment(request.body.since)
    job_id = restore_retired(request.actor, project_id, since, request.confirmation, request.now)
    return JobStarted(job_id=job_id)


@api.route(f"{_PROJECT}/unassigned", permission=_SEE, query=ManagedQuery, answer=LeadPage)
def get_unassigned(request: ApiRequest[None, ManagedQuery], project_id: str) -> LeadPage:
    """List a project's unassigned leads, longest waiting first."""
    return _managed(request, project_id, "unassigned")


@api.route(f"{_PROJECT}/at-risk", permission=_SEE, query=ManagedQuery, answer=LeadPage)
def get_at_risk(request: ApiRequest[None, ManagedQuery], project_id: str) -> LeadPage:
    """List a project's leads that retire within the warning period, soonest first."""
    return _managed(request, project_id, "at_risk")


@api.route(f"{_PROJECT}/agents", permission=_ASSIGN, query=PageQuery, answer=AgentPage)
def get_agents(request: ApiRequest[None, PageQuery], project_id: str) -> AgentPage:
    """List the agents of a project: its active users, and admins, who may read and work leads."""
    after = cursors.decrypt(request, LastKey)
    page = list_agents(request.actor, project_id, request.query.limit, after, request.now)
    return AgentPage(items=[Agent.of(user) for user in page.items], next=cursors.encrypt(request, page.next))


@api.route(
    f"{_PROJECT}/reassign", methods=["POST"], permission=_ASSIGN, body=Reassignment, answer=LeadResults
)
def post_reassign(request: ApiRequest[Reassignment], project_id: str) -> LeadResults:
    """Reassign up to 100 of a project's leads to a user, each in its own transaction.

    Their inactivity clocks start again.
    """
    results = reassign_leads(
        request.actor, project_id, request.body.lead_ids, request.body.user_id, request.now
    )
    return LeadResults(results=[LeadResult.of(one) for one in results])


@api.route(
    f"{_PROJECT}/retirement-forecast",
    permission=_ASSIGN,
    query=RetirementQuery,
    answer=RetirementForecast,
    also={202: AlternateResponse("The count takes longer: read the job.", JobStarted)},
)
def get_retirement_forecast(request: ApiRequest[None, RetirementQuery], project_id: str) -> ApiResponse:
    """Forecast how many leads retire each day without an activity, by agent.

    With `inactivity` or `working_hours` it is the preview of another period, and changes nothing.
    """
    query = request.query
    work = forecast_retirements(request.actor, project_id, query.days, request.now, **query.preview)
    result = run_or_start(request.actor, work, clock.new_id("job"), request.now)
    if isinstance(result, Job):
        return ApiResponse(202, JobStarted(job_id=result.id))
    return ApiResponse(200, result_of(result))


@api.route(
    "/v1/users/{user_id}/reassign",
    methods=["POST"],
    permission=_ASSIGN,
    body=ReassignAll,
    answer=JobStarted,
    status=202,
)
def post_user_reassign(request: ApiRequest[ReassignAll], user_id: str) -> JobStarted:
    """Reassign all leads of a user in your projects to another user, or unassign them, as a job."""
    job_id = reassign_all(request.actor, user_id, request.body.user_id, clock.new_id("job"), request.now)
    return JobStarted(job_id=job_id)


def _managed(request: ApiRequest[None, ManagedQuery], project_id: str, show: str) -> LeadPage:
    query, access = request.query, Access(request.actor, "list", request.request_id)
    after = cursors.decrypt(request, WorklistPosition)
    page = managed_worklist(access, project_id, show, query.limit, after, request.now, persons=query.person)
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    return LeadPage(items=items, next=cursors.encrypt(request, page.next))
