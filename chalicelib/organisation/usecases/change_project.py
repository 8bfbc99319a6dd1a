"""Changes a project."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import registry
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation, require
from chalicelib.organisation.domain import effects
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.domain.projects import validate
from chalicelib.organisation.usecases import config


def change_project(
    actor: Actor,
    project_id: str,
    version: int,
    values: Mapping[str, Any],
    confirmation: Confirmation | None,
    now: int,
) -> Project:
    """Change a project of the actor. Retention and inactivity are confirmed (RET-2, RET-7, RET-12, WRK-6).

    New closing stages start a job that moves the project's leads to their worklists (WRK-1). A confirmed request that
    is repeated after a lost answer succeeds. Raise NotFound for a project that is not the actor's (ACC-4).
    """
    actor.require(Permission.PROJECTS_MANAGE)
    actor.require_project(project_id)
    before = config.get(Project, project_id, now)
    bound = config.confirmation_binding(actor, "change_project", project_id, version, values)
    if config.is_retry(before, confirmation, bound):
        return before
    config.require_version(before, version)
    after = config.next_version(before, values)
    validate(after)
    extra_writes = registry.hook("closing_stages_changed")(actor, before, after, now)
    effect = effects.of_project(before, after)
    if effect is not None:
        actor.require(Permission.RETENTION_MANAGE)
    effect = effects.joined(effect, registry.hook("inactivity_changed")(before, after, now))
    if effect is None:
        return config.update(actor, before, after, now, extra_writes=extra_writes)
    confirmed = require(confirmation, effect, bound)
    after = config.next_version(before, values, confirmed)
    return config.update(actor, before, after, now, effect=effect, extra_writes=extra_writes)
