"""The search of the privacy desk (PRI-1 … PRI-5)."""

from chalicelib.contracts.base import PageQuery
from chalicelib.contracts.blocks import Contact
from chalicelib.contracts.desk import ContactFound, PersonsWithAccess
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.api import Api
from chalicelib.http.call import Call
from chalicelib.usecases import persons_with_access
from chalicelib.usecases import search_contact as use_case
from chalicelib.usecases.record_access import Access

desk = Api(__name__)


@desk.route(
    "/v1/contacts/search",
    methods=["POST"],
    permission=Permission.PRIVACY_SEARCH,
    body=Contact,
    query=PageQuery,
    answer=ContactFound,
)
def search_contact(call: Call[Contact, PageQuery]) -> ContactFound:
    """Search everything held on a phone number or e-mail address, in your projects.

    Live leads newest first with persons and history, the personal fields that hold a value, who could read them
    and who did, and every block. The search is recorded, also when it finds nothing.
    """
    access = Access(call.actor, "search", call.request_id)
    page = call.query
    found = use_case.search_contact(
        call.body.kind, call.body.value, access, page.limit, cursors.opened(call), call.now
    )
    return ContactFound.of(found, cursors.sealed(call, found.after), call.now)


@desk.route("/v1/leads/{lead_id}/access", permission=Permission.AUDIT_READ, answer=PersonsWithAccess)
def get_access(call: Call, lead_id: str) -> PersonsWithAccess:
    """Tell who could read a lead's person, and who did."""
    return PersonsWithAccess.of(*persons_with_access.access_to_lead(lead_id, call.actor, call.now))
