"""A lead with its history, and the route of the earlier entries (INT-15, WRK-16)."""

from typing import Any

from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.leads.domain.leads import HistoryPosition, StoredLead
from chalicelib.leads.schemas.history import ROUTE, HistoryPage
from chalicelib.leads.schemas.leads import HistoryEvent, Lead
from chalicelib.leads.usecases.read_lead import read_history
from chalicelib.ledger.domain.entries import Access

api = Api(__name__)


@api.route(ROUTE, permission=Permission.LEADS_READ, query=PageQuery, answer=HistoryPage)
def get_history(request: ApiRequest[None, PageQuery], lead_id: str) -> HistoryPage:
    """Read the history of a lead.

    The pages go back in time; within a page the oldest entry comes first. The lead itself has the newest entries, and
    in `history_next` the cursor of the page before. While the lead is live, the texts of comments are included, and
    the access is recorded.
    """
    access, after = (
        Access(request.actor, "view", request.request_id),
        cursors.decrypt(request, HistoryPosition),
    )
    page = read_history(access, lead_id, request.query.limit, after, request.now)
    items = [HistoryEvent.of(entry) for entry in page.items]
    return HistoryPage(items=items, next=cursors.encrypt(request, page.next))


def lead_with_history(request: ApiRequest[Any, Any], lead: StoredLead) -> Lead:
    """Return a lead with the newest page of its history, and the cursor of the page before."""
    cursor = cursors.encrypt_for(request, ROUTE, {"lead_id": lead.facts.lead_id}, lead.earlier)
    return Lead.of(lead, request.now, with_history=True).model_copy(update={"history_next": cursor})
