"""Adds a project."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation, require
from chalicelib.core.errors import Forbidden
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain import effects
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.domain.projects import validate
from chalicelib.organisation.usecases import config

_KIND = "prj"


def create_project(
    actor: Actor, new_id: str, values: Mapping[str, Any], confirmation: Confirmation | None, now: int
) -> Project:
    """Add a project. A default retention or an outcome rule is confirmed first (RET-2, RET-12, RET-13).

    Only admins add projects. Other users change the projects they belong to (ACC-4).
    """
    actor.require(Permission.PROJECTS_MANAGE)
    if not actor.is_admin:
        raise Forbidden("Only an admin can add a project.")
    project = Project(id=new_id, **values)
    validate(project)
    effect = effects.of_project(None, project)
    if effect is None:
        return config.create(actor, project, now)
    actor.require(Permission.RETENTION_MANAGE)
    bound = config.confirmation_binding(actor, "create_project", "", 0, values)
    confirmed = require(confirmation, effect, bound)
    project = Project(id=config.derived_id(_KIND, confirmed), confirmed_by=confirmed.digest, **values)
    existing = configuration.get(Project, project.id, now)
    return existing or config.create(actor, project, now, effect=effect)
