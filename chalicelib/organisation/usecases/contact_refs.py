"""Finds the contact refs of a contact, as each scope reads it."""

from collections.abc import Iterable

from chalicelib.core.contact_points import Refs
from chalicelib.core.contact_reader import REASONS, Contact, field_code, read_email, read_phone
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.organisation.usecases.cached_region import cached_region
from chalicelib.organisation.usecases.contact_forms import contact_forms


def normals_of(kind: str, contact: str, scopes: Iterable[str], now: int) -> dict[str, str]:
    """Return the contact's normal form by scope: a project uses its region, all projects the organisation's.

    Raise Invalid if no scope can read it as a contact.
    """
    readings: dict[str, Contact | str] = {}
    normals = {}
    for scope in scopes:
        region = cached_region(scope, now)
        found = readings[region] = readings.get(region) or _read(kind, contact, region)
        if isinstance(found, Contact):
            normals[scope] = found.normal
    if not normals:
        reason = next((str(reading) for reading in readings.values()), "empty")
        raise Invalid("This contact cannot be searched for.", fields=[contact_error(kind, reason)])
    return normals


def contact_error(kind: str, reason: str) -> FieldError:
    """Return the error of a contact that cannot be read, for `REASONS` of the contact reader."""
    return FieldError(kind, kind if reason == "empty" else field_code(reason), REASONS[reason])


def refs_of(kind: str, normals: Iterable[str], now: int) -> dict[str, Refs]:
    """Return the refs of each normal form in every live form, by the normal form."""
    forms = contact_forms(now)
    return {normal: forms.refs(kind, normal) for normal in normals}


def _read(kind: str, contact: str, region: str) -> Contact | str:
    return read_phone(contact, region) if kind == "phone" else read_email(contact)
