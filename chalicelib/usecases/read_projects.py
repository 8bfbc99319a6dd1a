"""Reads the projects one belongs to (ACC-4)."""

from typing import Any

from chalicelib.domain.access import Actor
from chalicelib.domain.setup import Project
from chalicelib.usecases import changes

Position = dict[str, Any] | None


def read_project(actor: Actor, project_id: str, now: int) -> Project:
    """Return a project one belongs to; NotFound for any other (ACC-4)."""
    actor.require_project(project_id)
    return changes.get(Project, project_id, now)


def list_projects(actor: Actor, limit: int, after: Position) -> tuple[list[Project], Position]:
    """Return a page of the projects one belongs to (ACC-4)."""
    return changes.list_visible(Project, limit, after, lambda project: actor.belongs_to(project.id))
