"""Registers the contact key once, in a new deployment."""

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.core import contact_points
from chalicelib.core.errors import Conflict
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.contact_key import NAME


def register_keys(now: int) -> None:
    """Register the fingerprint of the contact key. Raise Conflict if another key is registered already."""
    fingerprint = contact_points.fingerprint(secrets.contacts_key())
    try:
        batch.write(
            configuration.register_key(NAME, fingerprint), batch.token_of("register", NAME, fingerprint)
        )
    except batch.Cancelled:
        if configuration.key_fingerprint(NAME, now) != fingerprint:
            raise Conflict("Another contact key is registered.", "wrong_key") from None
