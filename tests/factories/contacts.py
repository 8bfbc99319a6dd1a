"""Builders for the migration of contacts: an older deployment, and a migration up to a phase."""

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.core import contact_points
from chalicelib.leads.usecases.rekey_contacts import newest_form, rekey_contacts, start_migration
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.contact_forms import SETTLES_IN_S, ContactForm
from tests.factories.leads import NOW

NEW_KEY = "new-contacts-" + "n" * 40


def register_form_1() -> None:
    """Register the key alone, as a deployment before normal form 2 did. Call it before `create_organisation`."""
    fingerprint = contact_points.fingerprint(secrets.contacts_key())
    batch.write(configuration.register_key("contacts", fingerprint), batch.token_of("old", fingerprint))


def add_key() -> ContactForm:
    """Store a new key beside the old one and return its form."""
    key = NEW_KEY.encode()
    secrets.add_contacts_key(contact_points.key_id(key), NEW_KEY)
    return ContactForm(contact_points.fingerprint(key), 2)


def begin(now: int = NOW, target: ContactForm | None = None) -> None:
    """Start a migration: both forms are looked up."""
    start_migration(target or newest_form(now), f"job_{now}", now)
    configuration.clear_cache()


def begin_writing(now: int = NOW, target: ContactForm | None = None) -> int:
    """Start a migration and go on until new rows have the new form; return that instant."""
    begin(now, target)
    writes_at = now + SETTLES_IN_S
    run(writes_at)
    return writes_at


def migrate(now: int = NOW, target: ContactForm | None = None) -> int:
    """Carry out a whole migration; return its last instant."""
    end = begin_writing(now, target) + SETTLES_IN_S
    assert not run(end)
    return end


def run(now: int) -> bool:
    """Run the schedule once with fresh caches, as another process later; return whether the migration runs still."""
    runs = rekey_contacts(lambda: now, lambda: True)
    configuration.clear_cache()
    return runs
