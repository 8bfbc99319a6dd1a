"""The project of an import, and whether a user may start it there (PRI-18)."""

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import ALL_PROJECTS, Actor, Permission
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.imports.domain.import_job import PERMISSIONS, Import, ImportKind
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.users.usecases.current_actor import current_actor


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


def users_may_go_on(job: Import, now: int) -> bool:
    """Return whether the user who started an import, and the one who confirmed it, may still do so (ACC-11).

    They are asked before each batch. A file that was put into the bucket without a user has nobody to ask (PRI-18).
    """
    users = [job.by_id] if job.by_kind == "user" else []
    if job.confirmer is not None:
        users.append(job.confirmer)
    return all(_may(current_actor("user", user_id, now), job) for user_id in users)


def _may(actor: Actor, job: Import) -> bool:
    in_scope = actor.is_admin if job.project == ALL_PROJECTS else actor.belongs_to(job.project)
    return in_scope and actor.has(Permission.IMPORTS_MANAGE) and actor.has(PERMISSIONS[job.kind])
