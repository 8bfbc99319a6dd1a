"""The project and region of an import, and whether it may start there (PRI-18)."""

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def project_of(kind: ImportKind, scope: str, now: int) -> str | None:
    """Return the project an import of this scope belongs to (`*` for all), or None if there is no such scope."""
    if kind is ImportKind.LEADS:
        campaign = configuration.cached(Campaign, scope, now)
        return None if campaign is None else campaign.project_id
    if scope == ALL_PROJECTS:
        return ALL_PROJECTS
    return None if configuration.cached(Project, scope, now) is None else scope


def require_scope(actor: Actor, kind: ImportKind, scope: str, now: int) -> str:
    """Return the project of a scope; raise Forbidden for all projects unless an admin, NotFound if it is foreign."""
    project = project_of(kind, scope, now)
    if project == ALL_PROJECTS and not actor.is_admin:
        raise Forbidden("Only an admin imports for all projects.")
    if project is None or not actor.belongs_to(project):
        raise NotFound("There is no such project or campaign.")
    return project


def region_of(job: Import, now: int) -> str:
    """Return the region by which phone numbers are parsed: the project's, or the organisation's for all projects."""
    project = None if job.project == ALL_PROJECTS else configuration.cached(Project, job.project, now)
    return cached_organisation(now).region if project is None else project.region
