"""The routes that decide on rejected leads again, one or many (CAM-26)."""

from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, Api
from chalicelib.intake.usecases.reconsider_lead import reconsider_lead, reconsider_leads
from chalicelib.leads.schemas.leads import Lead
from chalicelib.leads.usecases.read_lead import with_clock
from chalicelib.ledger.domain.entries import Access
from chalicelib.work.schemas.lead_results import LeadResult, LeadResults
from chalicelib.work.schemas.quality import BulkReconsideration, Reconsideration

api = Api(__name__)
_SEE = AllOf((Permission.CAMPAIGNS_MANAGE, Permission.LEADS_READ))


@api.route(
    "/v1/leads/{lead_id}/reconsider", methods=["POST"], permission=_SEE, body=Reconsideration, answer=Lead
)
def post_reconsider(request: ApiRequest[Reconsideration], lead_id: str) -> Lead:
    """Decide on a rejected lead again under today's settings: it becomes accepted or held.

    It needs a confirmation. The lead goes back to the main retention. The access to the person is recorded.
    """
    access = Access(request.actor, "replay", request.request_id)
    facts = reconsider_lead(access, lead_id, request.confirmation, request.now)
    return Lead.of(with_clock(facts, request.now), request.now, with_history=False)


@api.route(
    "/v1/projects/{project_id}/reconsider",
    methods=["POST"],
    permission=_SEE,
    body=BulkReconsideration,
    answer=LeadResults,
)
def post_reconsiderations(request: ApiRequest[BulkReconsideration], project_id: str) -> LeadResults:
    """Decide on up to 100 rejected leads of a project again, each in its own transaction.

    It needs one confirmation for all of them.
    """
    access = Access(request.actor, "replay", request.request_id)
    results = reconsider_leads(access, project_id, request.body.lead_ids, request.confirmation, request.now)
    return LeadResults(results=[LeadResult.of(one) for one in results])
