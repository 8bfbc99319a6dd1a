"""The routes of the privacy desk's search (PRI-1 … PRI-5)."""

from chalicelib.blocks.schemas import ContactQuery
from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.http.schemas.base import PageQuery
from chalicelib.leads.schemas.history import ROUTE as HISTORY
from chalicelib.leads.schemas.leads import Lead
from chalicelib.ledger.domain.entries import Access
from chalicelib.privacy.domain.desk import ContactPosition
from chalicelib.privacy.schemas.desk import ContactFound, PersonsWithAccess
from chalicelib.privacy.usecases import persons_with_access
from chalicelib.privacy.usecases import search_contact as use_case

api = Api(__name__)


@api.route(
    "/v1/contacts/search",
    methods=["POST"],
    permission=Permission.PRIVACY_SEARCH,
    body=ContactQuery,
    query=PageQuery,
    answer=ContactFound,
)
def search_contact(request: ApiRequest[ContactQuery, PageQuery]) -> ContactFound:
    """Search all data about a phone number or e-mail address in your projects.

    The answer has live leads, newest first, with persons and history. It has the personal fields with a value, the
    users who could read them and who did, and every block. The search is recorded, also without a result.
    """
    access = Access(request.actor, "search", request.request_id)
    body, after = request.body, cursors.decrypt(request, ContactPosition)
    found = use_case.search_contact(access, body.kind, body.value, request.query.limit, after, request.now)
    leads = [
        Lead.of(
            lead,
            request.now,
            with_history=True,
            history_next=cursors.encrypt_for(request, HISTORY, {"lead_id": lead.facts.lead_id}, lead.earlier),
        )
        for lead in found.leads.items
    ]
    return ContactFound.of(found, leads, cursors.encrypt(request, found.leads.next))


@api.route("/v1/leads/{lead_id}/access", permission=Permission.AUDIT_READ, answer=PersonsWithAccess)
def get_access(request: ApiRequest, lead_id: str) -> PersonsWithAccess:
    """Read who could read a lead's person, and who did."""
    return PersonsWithAccess.of(*persons_with_access.access_to_lead(request.actor, lead_id, request.now))
