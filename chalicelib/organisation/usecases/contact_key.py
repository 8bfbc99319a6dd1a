"""Reads the key that makes contact refs, and checks it (data-model.md, Contacts)."""

from chalicelib.aws import secrets
from chalicelib.core import contact_points
from chalicelib.core.errors import Unavailable
from chalicelib.organisation import store as configuration

NAME = "contacts"


def contact_key(now: int) -> bytes:
    """Return the contact key. Raise Unavailable if it is not the registered one.

    With a wrong key no block would be found, so the request fails instead (INT-11).
    """
    key = secrets.contacts_key()
    if configuration.key_fingerprint(NAME, now) != contact_points.fingerprint(key):
        raise Unavailable("The contact key is not the registered one; contacts cannot be looked up.")
    return key
