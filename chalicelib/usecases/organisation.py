"""The settings of the deployment, as any use case needs them."""

from chalicelib.domain.setup import ORGANISATION_ID, Organisation
from chalicelib.stores import setup

_DEFAULTS = Organisation()


def cached_organisation(now: int) -> Organisation:
    """Return the organisation's settings as of at most ten seconds ago; the defaults until they are set."""
    return setup.cached(Organisation, ORGANISATION_ID, now, _DEFAULTS) or _DEFAULTS
