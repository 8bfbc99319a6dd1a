"""Search for a contact among the leads a user may see (WRK-1, ACC-3)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Permission
from chalicelib.core.paging import Page
from chalicelib.leads.domain.lead_work import retires_at
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.leads.domain.visibility import may_see
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain.desk import ContactPosition
from chalicelib.privacy.usecases.forget_contact import contacts_named
from chalicelib.privacy.usecases.search_contact import contact_position, page_of_contact
from chalicelib.work.usecases.worklists import with_persons


def search_worklist(
    access: Access, kind: str, contact: str, limit: int, after: ContactPosition | None, now: int
) -> Page[StoredLead, ContactPosition]:
    """Return the live leads of a contact that the actor may see, newest first, with their persons (ACC-3).

    An agent finds the leads assigned to them. A page looks at a thousand leads of the contact, so it may be short or
    empty and still have a next one. The search is recorded, empty or not, and each access (PRI-5, PRI-30).
    Raise Invalid if `contact` cannot be a contact.
    """
    actor = access.actor
    actor.require(Permission.LEADS_READ)
    contacts = contacts_named(actor, kind, contact, now)
    record_search(access, (named.ref for named in contacts), cached_organisation(now), now)
    page = page_of_contact(
        actor,
        contacts,
        limit,
        after,
        now,
        shows=lambda lead: may_see(actor, lead) and not lead.retention.is_kept_by_hold(now),
    )
    projects = batch.read({configuration.key(Project, lead.project_id) for lead in page.items}, now)
    found = []
    for lead in page.items:
        project = configuration.from_batch(Project, lead.project_id, projects)
        found.append(StoredLead(lead, retires_at=None if project is None else retires_at(lead, project)))
    return with_persons(access, Page(found, page.next), lambda lead: contact_position(lead.facts), now)
