"""The routes of quality control: the held leads, release and reject, one or many (CAM-15 … CAM-17)."""

from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, Api
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.schemas.leads import Lead, LeadPage
from chalicelib.leads.usecases.read_lead import with_clock
from chalicelib.ledger.domain.entries import Access
from chalicelib.work.schemas.lead_results import LeadResult, LeadResults
from chalicelib.work.schemas.quality import BulkRejection, BulkRelease, Rejection, Release
from chalicelib.work.schemas.worklists import ManagedQuery
from chalicelib.work.usecases.read_worklists import managed_worklist
from chalicelib.work.usecases.reject_lead import reject_lead, reject_leads
from chalicelib.work.usecases.release_lead import release_lead, release_leads
from chalicelib.work.usecases.worklists import WorklistPosition

api = Api(__name__)
_ONE, _MANY = "/v1/leads/{lead_id}", "/v1/projects/{project_id}"
_REVIEW = Permission.QUALITY_REVIEW


@api.route(
    f"{_MANY}/held", permission=AllOf((_REVIEW, Permission.LEADS_READ)), query=ManagedQuery, answer=LeadPage
)
def get_held(request: ApiRequest[None, ManagedQuery], project_id: str) -> LeadPage:
    """List a project's leads in quality control, longest waiting first."""
    query, access = request.query, Access(request.actor, "list", request.request_id)
    page = managed_worklist(
        access,
        project_id,
        "quality",
        query.limit,
        cursors.decrypt(request, WorklistPosition),
        request.now,
        persons=query.person,
    )
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    return LeadPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(f"{_ONE}/release", methods=["POST"], permission=_REVIEW, body=Release, answer=Lead)
def post_release(request: ApiRequest[Release], lead_id: str) -> Lead:
    """Release a held lead: it becomes accepted and can be worked.

    Its contacts are checked again against the Do Not Call list. A blocked lead stays held (409 `blocked`). With
    `user_id` it gets this agent; that needs `leads.assign`, too.
    """
    return _answer(release_lead(request.actor, lead_id, request.now, request.body.chosen), request.now)


@api.route(f"{_ONE}/reject", methods=["POST"], permission=_REVIEW, body=Rejection, answer=Lead)
def post_reject(request: ApiRequest[Rejection], lead_id: str) -> Lead:
    """Reject a held lead: the rejected retention applies, counted from its receipt.

    If that moves the lead's deadline, perhaps to now, it needs a confirmation (409, RET-12).
    """
    facts = reject_lead(request.actor, lead_id, request.body.reason, request.confirmation, request.now)
    return _answer(facts, request.now)


@api.route(f"{_MANY}/release", methods=["POST"], permission=_REVIEW, body=BulkRelease, answer=LeadResults)
def post_releases(request: ApiRequest[BulkRelease], project_id: str) -> LeadResults:
    """Release up to 100 held leads of a project, each in its own transaction.

    With `user_id` all get this agent; that needs `leads.assign`, too.
    """
    body = request.body
    results = release_leads(request.actor, project_id, body.lead_ids, request.now, body.chosen)
    return LeadResults(results=[LeadResult.of(one) for one in results])


@api.route(f"{_MANY}/reject", methods=["POST"], permission=_REVIEW, body=BulkRejection, answer=LeadResults)
def post_rejects(request: ApiRequest[BulkRejection], project_id: str) -> LeadResults:
    """Reject up to 100 held leads of a project, each in its own transaction.

    If that moves the deadline of some, one confirmation is needed for all (409, RET-12). The effect has their number.
    """
    body = request.body
    results = reject_leads(
        request.actor, project_id, body.lead_ids, body.reason, request.confirmation, request.now
    )
    return LeadResults(results=[LeadResult.of(one) for one in results])


def _answer(facts: Facts, now: int) -> Lead:
    return Lead.of(with_clock(facts, now), now, with_history=False)
