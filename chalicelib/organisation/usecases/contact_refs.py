"""Finds the contact refs of a contact, as each scope reads it."""

from collections.abc import Iterable

from chalicelib.core import contact_points
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.organisation.usecases.cached_region import cached_region
from chalicelib.organisation.usecases.contact_key import contact_key


def normals_of(kind: str, contact: str, scopes: Iterable[str], now: int) -> dict[str, str]:
    """Return the contact's normal form by scope: a project uses its region, all projects the organisation's.

    Raise Invalid if no scope can read it as a contact.
    """
    readings: dict[str, str | None] = {}
    normals = {}
    for scope in scopes:
        region = cached_region(scope, now)
        if region not in readings:
            readings[region] = _normal(kind, contact, region)
        if normal := readings[region]:
            normals[scope] = normal
    if not normals:
        message = "Must be a phone number." if kind == "phone" else "Must be an e-mail address."
        raise Invalid("This contact cannot be searched for.", fields=[FieldError(kind, kind, message)])
    return normals


def refs_of(kind: str, normals: Iterable[str], now: int) -> dict[str, str]:
    """Return each normal form by its ref."""
    key = contact_key(now)
    return {contact_points.ref_of(key, kind, normal): normal for normal in normals}


def _normal(kind: str, contact: str, region: str) -> str | None:
    if kind == "phone":
        return contact_points.normal_phone(contact, region, possible=True)
    return contact_points.normal_email(contact)
