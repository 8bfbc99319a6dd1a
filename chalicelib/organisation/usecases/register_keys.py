"""Registers the contact key once, in a new deployment."""

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.core import contact_points
from chalicelib.core.errors import Conflict
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.contact_forms import CONTACTS, ContactForm, ContactForms


def register_keys(now: int) -> None:
    """Register the fingerprint of the contact key, and the newest normal form for a new deployment.

    An older deployment keeps its form until a migration. Raise Conflict if another key is registered already.
    """
    fingerprint = contact_points.fingerprint(secrets.contacts_key())
    try:
        forms = ContactForms(version=1, current=ContactForm(fingerprint, contact_points.NORMALISER_VERSION))
        batch.write(
            [*configuration.register_key(CONTACTS, fingerprint), *configuration.insert(forms)],
            batch.token_of("register", CONTACTS, fingerprint),
        )
    except batch.Cancelled:
        if configuration.key_fingerprint(CONTACTS, now) != fingerprint:
            raise Conflict("Another contact key is registered.", "wrong_key") from None
