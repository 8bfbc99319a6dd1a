"""Reads the organisation's settings for other use cases, cached."""

from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ORGANISATION_ID, Organisation

_DEFAULTS = Organisation()


def cached_organisation(now: int) -> Organisation:
    """Return the organisation's settings, at most ten seconds old. Until they are set, return the defaults."""
    return configuration.cached(Organisation, ORGANISATION_ID, now, _DEFAULTS) or _DEFAULTS
