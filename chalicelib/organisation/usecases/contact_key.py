"""The key under which contacts become refs, never a wrong one (data-model.md, Contacts)."""

from chalicelib.aws import secrets
from chalicelib.core import contact_points
from chalicelib.core.errors import Unavailable
from chalicelib.organisation import store as configuration

NAME = "contacts"


def contact_key(now: int) -> bytes:
    """Return the contact key; Unavailable if it is not the one that was registered.

    A wrong key would find no block, so whoever needs it stops instead (INT-11).
    """
    key = secrets.contacts_key()
    if configuration.key_fingerprint(NAME, now) != contact_points.fingerprint(key):
        raise Unavailable("The contact key is not the registered one; contacts cannot be looked up.")
    return key
