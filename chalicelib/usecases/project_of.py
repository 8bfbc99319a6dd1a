"""The project of a lead, as it is now."""

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.leads import Facts
from chalicelib.domain.setup import Project
from chalicelib.stores import setup


def project_of(facts: Facts, now: int) -> Project:
    """Return the lead's project, read afresh: its lists and its period hold at once (WRK-6)."""
    project = setup.get(Project, facts.project_id, now)
    if project is None:
        raise Unavailable("The project's settings cannot be read.")
    return project
