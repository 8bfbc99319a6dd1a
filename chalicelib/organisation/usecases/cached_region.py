"""Reads the region by which the phone numbers of a scope are normalised."""

from chalicelib.core.access import ALL_PROJECTS
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def cached_region(scope: str, now: int) -> str:
    """Return the region of a project, or the organisation's for all projects, at most ten seconds old."""
    project = None if scope == ALL_PROJECTS else configuration.cached(Project, scope, now)
    return cached_organisation(now).region if project is None else project.region
