"""Reads the project of a lead."""

from chalicelib.core.errors import Unavailable
from chalicelib.leads.domain.leads import Facts
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project


def get_project_of(facts: Facts, now: int) -> Project:
    """Return the lead's project, not cached: a change of its lists or periods applies at once (WRK-6)."""
    project = configuration.get(Project, facts.project_id, now)
    if project is None:
        raise Unavailable("The project's settings cannot be read.")
    return project
