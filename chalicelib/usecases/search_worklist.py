"""A user looks for a contact among the leads they may see (api.md, `POST /v1/worklist/search`)."""

from typing import Any

from chalicelib.domain.access import Permission
from chalicelib.domain.leads import StoredLead
from chalicelib.domain.setup import Project
from chalicelib.domain.visibility import may_see
from chalicelib.domain.work import retires_at
from chalicelib.stores import batch, setup
from chalicelib.usecases.forget_contact import contacts_named, leads_of
from chalicelib.usecases.record_access import Access
from chalicelib.usecases.record_search import record_search
from chalicelib.usecases.search_contact import page_of
from chalicelib.usecases.worklists import WorklistPage, with_persons


def search_worklist(
    kind: str, contact: str, access: Access, limit: int, after: dict[str, Any] | None, now: int
) -> WorklistPage:
    """Return the live leads of a contact that the actor may see, newest first, with their persons (ACC-3).

    An agent finds those assigned to them. The search is recorded, empty or not, and each reading (PRI-5, PRI-30).
    Raises Invalid for what can be no contact.
    """
    actor = access.actor
    actor.require(Permission.LEADS_READ)
    named = contacts_named(kind, contact, actor, now)
    record_search((one.ref for one in named), access, now)
    facts = [
        one
        for one in leads_of(named, actor, now)
        if may_see(actor, one) and one.is_live(now) and not one.retention.is_held_over(now)
    ]
    page, following = page_of(facts, limit, after)
    projects = batch.read({setup.key(Project, one.project_id) for one in page}, now)
    found = []
    for one in page:
        project = setup.from_batch(Project, one.project_id, projects)
        found.append(StoredLead(one, retires_at=None if project is None else retires_at(one, project)))
    return with_persons(found, access, now), following
