"""The search for a contact's leads in one's worklist (WRK-4)."""

from chalicelib.blocks.schemas import ContactQuery
from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.leads.schemas.leads import Lead, LeadPage
from chalicelib.ledger.domain.entries import Access
from chalicelib.privacy.domain.desk import ContactPosition
from chalicelib.work.usecases.search_worklist import search_worklist

api = Api(__name__)
_READ = Permission.LEADS_READ


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
