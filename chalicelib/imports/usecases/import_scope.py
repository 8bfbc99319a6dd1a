"""The project of an import, and whether a user may start it there (PRI-18)."""

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project


def cached_project_id(kind: ImportKind, scope: str, now: int) -> str | None:
    """Return the project of an import of this scope (`*` for all), or None if there is no such scope."""
    if not scope:
        return None
    if kind is ImportKind.LEADS:
        campaign = configuration.cached(Campaign, scope, now)
        return None if campaign is None else campaign.project_id
    if scope == ALL_PROJECTS:
        return ALL_PROJECTS
    return None if configuration.cached(Project, scope, now) is None else scope


def require_scope(actor: Actor, kind: ImportKind, scope: str, now: int) -> str:
    """Return the project of a scope; raise Forbidden for all projects unless an admin, NotFound if it is foreign."""
    project = cached_project_id(kind, scope, now)
    if project == ALL_PROJECTS and not actor.is_admin:
        raise Forbidden("Only an admin imports for all projects.")
    if project is None or not actor.belongs_to(project):
        raise NotFound("There is no such project or campaign.")
    return project
