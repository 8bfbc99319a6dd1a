"""Leads as users read and correct them (INT-15 … INT-17)."""

from dataclasses import replace
from typing import Any

from chalicelib.contracts.lead_exports import LeadExportQuery, csv_of, lines_of
from chalicelib.contracts.leads import DayQuery, Lead, LeadCorrection, LeadPage, LeadQuery
from chalicelib.domain.access import Permission
from chalicelib.http import cursors, exports
from chalicelib.http.api import AllOf, Answer, AnyOf, Api
from chalicelib.http.call import Call
from chalicelib.usecases.correct_lead import correct_lead
from chalicelib.usecases.export_leads import export_leads
from chalicelib.usecases.list_leads import Filter, list_leads
from chalicelib.usecases.read_lead import read_lead
from chalicelib.usecases.record_access import Access

leads = Api(__name__)


@leads.route("/v1/leads/{lead_id}", permission=Permission.LEADS_READ, answer=Lead)
def get_lead(call: Call, lead_id: str) -> Lead:
    """Read a lead.

    While it is live the answer holds the person, and the reading is recorded. From its end on, to the second, it
    says when and on what basis the person went, and the facts.
    """
    lead = read_lead(lead_id, Access(call.actor, "view", call.request_id), call.now)
    return Lead.of(lead, call.now, with_history=True)


@leads.route("/v1/leads", permission=Permission.LEADS_READ, query=LeadQuery, answer=LeadPage)
def list_leads_of_day(call: Call[None, LeadQuery]) -> LeadPage:
    """List a campaign's leads of one UTC day, newest first.

    Agents see those assigned to them. A page may be short, or empty, and still have a next one.
    """
    query, after = call.query, cursors.opened(call)
    wanted = replace(_wanted(query, after, call.now), person=query.person)
    access = Access(call.actor, "list", call.request_id)
    found, following = list_leads(wanted, access, query.limit, after, call.now)
    items = [Lead.of(lead, call.now, with_history=False) for lead in found]
    return LeadPage(items=items, next=cursors.sealed(call, following))


@leads.route(
    "/v1/leads/export",
    permission=AllOf((Permission.LEADS_EXPORT, Permission.LEADS_READ)),
    query=LeadExportQuery,
    media_type=exports.CSV,
    formats=(exports.JSON_LINES,),
)
def export_leads_of_day(call: Call[None, LeadExportQuery]) -> Answer:
    """Export a campaign's leads of one UTC day with their persons, newest first, as CSV or JSON lines.

    Each lead is recorded as an access through `export`. Where there is more, the header X-Next-Cursor says where it
    goes on; the first page of a CSV has a header row. A page may be short, or empty, and still have a next one.
    """
    query, after = call.query, cursors.opened(call)
    access = Access(call.actor, "export", call.request_id)
    wanted = _wanted(query, after, call.now)
    found, lead_type, following = export_leads(wanted, access, query.limit, after, call.now)
    items = [Lead.of(lead, call.now, with_history=False) for lead in found]
    text = lines_of(items) if query.format == "jsonl" else csv_of(items, lead_type, header=after is None)
    return exports.exported(text, query.format, cursors.sealed(call, following))


@leads.route(
    "/v1/leads/{lead_id}",
    methods=["PATCH"],
    permission=AnyOf((Permission.LEADS_WORK, Permission.QUALITY_REVIEW)),
    body=LeadCorrection,
    answer=Lead,
)
def correct_person(call: Call[LeadCorrection], lead_id: str) -> Lead:
    """Correct personal fields of a lead.

    Contacts are read as at the door and checked against the Do Not Call list; the fields are recorded by name.
    `quality.review` without `leads.work` is enough while the lead is held.
    """
    access = Access(call.actor, "view", call.request_id)
    lead = correct_lead(lead_id, call.body.version, call.body.person, access, call.now)
    return Lead.of(lead, call.now, with_history=True)


def _wanted(query: DayQuery, after: dict[str, Any] | None, now: int) -> Filter:
    return Filter(
        campaign_id=query.campaign,
        day=cursors.day_of(query.day, after, now),
        status=query.status,
        erased=query.state == "erased",
        test=query.test,
    )
