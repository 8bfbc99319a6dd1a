"""The key under which contacts become refs, never a wrong one (data.md, Contacts)."""

from chalicelib.domain import contacts
from chalicelib.domain.errors import Unavailable
from chalicelib.gateways import secrets
from chalicelib.stores import setup

NAME = "contacts"


def contact_key(now: int) -> bytes:
    """Return the contact key; Unavailable if it is not the one that was registered.

    A wrong key would find no block, so whoever needs it stops instead (INT-11).
    """
    key = secrets.contacts_key()
    if setup.key_fingerprint(NAME, now) != contacts.fingerprint(key):
        raise Unavailable("The contact key is not the registered one; contacts cannot be looked up.")
    return key
