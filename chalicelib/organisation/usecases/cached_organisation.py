"""The settings of the deployment, as any use case needs them."""

from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ORGANISATION_ID, Organisation

_DEFAULTS = Organisation()


def cached_organisation(now: int) -> Organisation:
    """Return the organisation's settings as of at most ten seconds ago; the defaults until they are set."""
    return configuration.cached(Organisation, ORGANISATION_ID, now, _DEFAULTS) or _DEFAULTS
