"""Changes a project."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain import effects
from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.confirmation import Confirmation, require
from chalicelib.domain.projects import validate
from chalicelib.domain.setup import Project
from chalicelib.usecases import changes, relist_leads


def change_project(
    actor: Actor,
    project_id: str,
    version: int,
    values: Mapping[str, Any],
    confirmation: Confirmation | None,
    now: int,
) -> Project:
    """Change a project of one's own; another default retention or outcome rule is confirmed (RET-2, RET-7, RET-12).

    Other closing stages start a job that moves the project's leads to the lists they mean (WRK-1). A confirmed request
    repeated after a lost answer succeeds. Raises NotFound for a foreign project (ACC-4).
    """
    actor.require(Permission.PROJECTS_MANAGE)
    actor.require_project(project_id)
    before = changes.get(Project, project_id, now)
    bound = changes.confirmation_binding("change_project", actor, project_id, version, values)
    if changes.is_retry(before, confirmation, bound):
        return before
    changes.require_version(before, version)
    after = changes.next_version(before, values)
    validate(after)
    beside = relist_leads.starting(before, after, actor, now)
    effect = effects.of_project(before, after)
    if effect is None:
        return changes.update(before, after, actor, now, extra_writes=beside)
    actor.require(Permission.RETENTION_MANAGE)
    confirmed = require(confirmation, effect, bound)
    after = changes.next_version(before, values, confirmed)
    return changes.update(before, after, actor, now, effect=effect, extra_writes=beside)
