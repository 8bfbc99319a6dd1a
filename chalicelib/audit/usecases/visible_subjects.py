"""The subjects whose ledger entries a user may read (ACC-3, ACC-4)."""

from collections.abc import Iterable

from chalicelib.blocks.usecases.block_ids import ids_of
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.leads.domain.visibility import may_see
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration

_LEAD = "lead/"


def visible_subjects(actor: Actor, subjects: Iterable[str], now: int) -> set[str]:
    """Return the subjects whose entries the actor may read: all for an admin, else those of its projects.

    Leads, campaigns, projects, blocks and imports belong to a project. Everything else (users, credentials, lead
    types, settings, blocks and imports for all, searches) belongs to the organisation: only an admin may read it.
    """
    requested = set(subjects)
    if actor.is_admin:
        return requested
    lead_ids = sorted(subject.removeprefix(_LEAD) for subject in requested if subject.startswith(_LEAD))
    visible = {subject for subject in requested if _belongs(actor, subject, now)}
    found = leads.get_many_as_stored(lead_ids, now)
    return visible | {_LEAD + lead_id for lead_id, facts in found.items() if may_see(actor, facts)}


def _belongs(actor: Actor, subject: str, now: int) -> bool:
    project_id = _cached_scope(subject, now)
    return project_id is not None and actor.belongs_to(project_id)


def _cached_scope(subject: str, now: int) -> str | None:
    """Return the project (or scope) of a subject other than a lead; None if it has none or it is unknown."""
    kind, _, subject_id = subject.partition("/")
    if kind == "project":
        return subject_id
    if kind == "campaign":
        return _cached_project_of_campaign(subject_id, now)
    if kind == "block":
        return _scope_of(subject_id)
    if kind == "import":
        return _cached_scope_of_import(subject, now)
    return None


def _cached_project_of_campaign(campaign_id: str, now: int) -> str | None:
    campaign = configuration.cached(Campaign, campaign_id, now)
    return None if campaign is None else campaign.project_id


def _cached_scope_of_import(subject: str, now: int) -> str | None:
    """Return the scope in the import's first entry: a project or all; for leads, the project of the campaign."""
    first = ledger.first_entry(subject)
    detail = (first.detail if first else None) or {}
    scope = detail.get("scope")
    return _cached_project_of_campaign(str(scope), now) if detail.get("kind") == "leads" else scope


def _scope_of(block_id: str) -> str | None:
    try:
        return ids_of(block_id)[1]
    except NotFound:
        return None
