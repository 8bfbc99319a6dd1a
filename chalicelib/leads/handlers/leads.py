"""The routes that read, correct and export leads (INT-15 … INT-17)."""

from dataclasses import replace
from typing import Any

from chalicelib.core.access import Permission
from chalicelib.core.paging import DayPosition
from chalicelib.http import cursors, exports, headers
from chalicelib.http.naming import with_names
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, AnyOf, Api, ApiResponse
from chalicelib.http.schemas.base import PageQuery
from chalicelib.leads.domain.leads import HistoryPosition, StoredLead
from chalicelib.leads.schemas.history import ROUTE as HISTORY
from chalicelib.leads.schemas.history import HistoryPage
from chalicelib.leads.schemas.lead_exports import LeadExportQuery, csv_of, lines_of
from chalicelib.leads.schemas.leads import DayQuery, HistoryEvent, Lead, LeadCorrection, LeadPage, LeadQuery
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.export_leads import ExportPosition, export_leads
from chalicelib.leads.usecases.list_leads import LeadFilter, LeadPosition, list_leads
from chalicelib.leads.usecases.read_lead import read_history, read_lead
from chalicelib.ledger.domain.entries import Access

api = Api(__name__)


@api.route("/v1/leads/{lead_id}", permission=Permission.LEADS_READ, answer=Lead)
def get_lead(request: ApiRequest, lead_id: str) -> Lead:
    """Read a lead.

    While it is live, the answer includes the person, and the access is recorded. From its end on, exact to the second,
    the answer has the facts, and when and on what basis the person was erased.
    """
    lead = read_lead(Access(request.actor, "view", request.request_id), lead_id, request.now)
    return _with_history(request, lead)


@api.route(HISTORY, permission=Permission.LEADS_READ, query=PageQuery, answer=HistoryPage)
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


@api.route("/v1/leads", permission=Permission.LEADS_READ, query=LeadQuery, answer=LeadPage)
def list_leads_of_day(request: ApiRequest[None, LeadQuery]) -> LeadPage:
    """List a campaign's leads of one UTC day, newest first.

    Agents see the leads assigned to them. A page may be short or empty and still have a next one.
    """
    query, after = request.query, cursors.decrypt(request, LeadPosition)
    lead_filter = replace(_filter_of(query, after, request.now), person=query.person)
    access = Access(request.actor, "list", request.request_id)
    page = list_leads(access, lead_filter, query.limit, after, request.now)
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    return LeadPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(
    "/v1/leads/export",
    permission=AllOf((Permission.LEADS_EXPORT, Permission.LEADS_READ)),
    query=LeadExportQuery,
    media_type=exports.CSV,
    formats=(exports.JSON_LINES,),
    headers=(headers.NEXT_CURSOR,),
)
def export_leads_of_day(request: ApiRequest[None, LeadExportQuery]) -> ApiResponse:
    """Export a campaign's leads of one UTC day with their persons, newest first, as CSV or JSON lines.

    Each lead is recorded as an access through `export`. If there are more, the header X-Next-Cursor has the cursor of
    the next page. The first page of a CSV has a header row. A page may be short or empty and still have a next one.
    """
    query, after = request.query, cursors.decrypt(request, ExportPosition)
    access = Access(request.actor, "export", request.request_id)
    lead_filter = _filter_of(query, after, request.now)
    page = export_leads(access, lead_filter, query.limit, after, request.now)
    items = [Lead.of(lead, request.now, with_history=False) for lead in page.items]
    items = with_names(request.actor, items, request.now)
    text = lines_of(items) if query.format == "jsonl" else csv_of(items, page.lead_type, header=after is None)
    return exports.export_response(text, query.format, cursors.encrypt(request, page.next))


@api.route(
    "/v1/leads/{lead_id}",
    methods=["PATCH"],
    permission=AnyOf((Permission.LEADS_WORK, Permission.QUALITY_REVIEW)),
    body=LeadCorrection,
    answer=Lead,
)
def correct_person(request: ApiRequest[LeadCorrection], lead_id: str) -> Lead:
    """Correct personal fields of a lead.

    Contacts are parsed as in the intake and checked against the Do Not Call list. The names of changed fields are
    recorded. While the lead is held, `quality.review` is enough without `leads.work`.
    """
    access = Access(request.actor, "view", request.request_id)
    lead = correct_lead(access, lead_id, request.body.version, request.body.person, request.now)
    return _with_history(request, lead)


def _with_history(request: ApiRequest[Any, Any], lead: StoredLead) -> Lead:
    cursor = cursors.encrypt_for(request, HISTORY, {"lead_id": lead.facts.lead_id}, lead.earlier)
    return Lead.of(lead, request.now, with_history=True, history_next=cursor)


def _filter_of(query: DayQuery, after: DayPosition | None, now: int) -> LeadFilter:
    return LeadFilter(
        campaign_id=query.campaign,
        day=cursors.day_of(query.day, after, now),
        status=query.status,
        erased=query.state == "erased",
        test=query.test,
    )
