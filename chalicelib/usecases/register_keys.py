"""Make the contact key known once, when a deployment is new."""

from chalicelib.domain import contacts
from chalicelib.domain.errors import Conflict
from chalicelib.gateways import secrets
from chalicelib.stores import batch, setup
from chalicelib.usecases.contact_key import NAME


def register_keys(now: int) -> None:
    """Register the contact key's fingerprint where none is; Conflict if another key is registered already."""
    fingerprint = contacts.fingerprint(secrets.contacts_key())
    try:
        batch.write(setup.register_key(NAME, fingerprint), batch.token_of("register", NAME, fingerprint))
    except batch.Cancelled:
        if setup.key_fingerprint(NAME, now) != fingerprint:
            raise Conflict("Another contact key is registered.", "wrong_key") from None
