"""Leads as users read and correct them (INT-15 … INT-17)."""

from chalicelib.contracts.leads import Lead, LeadCorrection, LeadPage, LeadQuery
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import AnyOf, Api
from chalicelib.http.call import Call
from chalicelib.usecases.correct_lead import correct_lead
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
    wanted = Filter(
        campaign_id=query.campaign,
        day=cursors.day_of(query.day, after, call.now),
        status=query.status,
        erased=query.state == "erased",
        test=query.test,
        person=query.person,
    )
    access = Access(call.actor, "list", call.request_id)
    found, following = list_leads(wanted, access, query.limit, after, call.now)
    items = [Lead.of(lead, call.now, with_history=False) for lead in found]
    return LeadPage(items=items, next=cursors.sealed(call, following))


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
