"""The routes that give leads to agents: a project's agents, and leads to another of them (WRK-11, WRK-15)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.jobs.schemas import JobStarted
from chalicelib.work.schemas.assignments import Agent, AgentPage, ReassignAll, Reassignment
from chalicelib.work.schemas.lead_results import LeadResult, LeadResults
from chalicelib.work.usecases.assign_lead import reassign_leads
from chalicelib.work.usecases.list_agents import list_agents
from chalicelib.work.usecases.reassign_all import reassign_all

api = Api(__name__)
_PROJECT = "/v1/projects/{project_id}"
_ASSIGN = Permission.LEADS_ASSIGN


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
