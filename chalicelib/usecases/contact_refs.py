"""Under which refs a contact that somebody names may stand."""

from collections.abc import Iterable

from chalicelib.domain import contacts
from chalicelib.domain.blocks import ALL_PROJECTS
from chalicelib.domain.errors import FieldError, Invalid
from chalicelib.domain.setup import Project
from chalicelib.stores import setup
from chalicelib.usecases.contact_key import contact_key
from chalicelib.usecases.organisation import cached_organisation


def normals_of(kind: str, contact: str, scopes: Iterable[str], now: int) -> dict[str, str]:
    """Return the contact's normal form as each scope reads it: a project with its region, all with the organisation's.

    Raises Invalid where no scope can read it as a contact.
    """
    readings: dict[str, str | None] = {}
    found = {}
    for scope in scopes:
        region = _region(scope, now)
        if region not in readings:
            readings[region] = _normal(kind, contact, region)
        if normal := readings[region]:
            found[scope] = normal
    if not found:
        message = "Must be a phone number." if kind == "phone" else "Must be an e-mail address."
        raise Invalid("This contact cannot be looked for.", fields=[FieldError(kind, kind, message)])
    return found


def refs_of(kind: str, normals: Iterable[str], now: int) -> dict[str, str]:
    """Return each normal form by its ref."""
    key = contact_key(now)
    return {contacts.ref_of(key, kind, normal): normal for normal in normals}


def _normal(kind: str, contact: str, region: str) -> str | None:
    if kind == "phone":
        return contacts.normal_phone(contact, region, possible=True)
    return contacts.normal_email(contact)


def _region(scope: str, now: int) -> str:
    project = None if scope == ALL_PROJECTS else setup.cached(Project, scope, now)
    return cached_organisation(now).region if project is None else project.region
