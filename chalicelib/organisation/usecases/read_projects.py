"""Reads the actor's projects (ACC-4)."""

from chalicelib.core.access import Actor
from chalicelib.core.paging import LastKey, Page
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases import config


def read_project(actor: Actor, project_id: str, now: int) -> Project:
    """Return a project of the actor. Raise NotFound for any other (ACC-4)."""
    actor.require_project(project_id)
    return config.get(Project, project_id, now)


def list_projects(actor: Actor, limit: int, after: LastKey | None) -> Page[Project]:
    """Return a page of the actor's projects (ACC-4)."""
    return config.list_visible(Project, limit, after, lambda project: actor.belongs_to(project.id))


def all_project_ids() -> list[str]:
    """Return the ids of every project."""
    return [project.id for project in configuration.list_all(Project)]
