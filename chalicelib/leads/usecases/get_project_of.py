"""The project of a lead, as it is now."""

from chalicelib.core.errors import Unavailable
from chalicelib.leads.domain.leads import Facts
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project


def get_project_of(facts: Facts, now: int) -> Project:
    """Return the lead's project, read afresh: its lists and its period hold at once (WRK-6)."""
    project = configuration.get(Project, facts.project_id, now)
    if project is None:
        raise Unavailable("The project's settings cannot be read.")
    return project
