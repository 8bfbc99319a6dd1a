"""Reads the time zone by which the days of a scope begin and end."""

from chalicelib.core.access import ALL_PROJECTS
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def cached_zone(scope: str, now: int) -> str:
    """Return the time zone of a project, or the organisation's for all projects, at most ten seconds old."""
    project = None if scope == ALL_PROJECTS else configuration.cached(Project, scope, now)
    return cached_organisation(now).zone if project is None else project.zone
