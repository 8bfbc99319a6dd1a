"""Reads the live forms of contacts with their keys, and checks the keys (data-model.md, Contacts)."""

import functools
from typing import NamedTuple

from chalicelib.aws import secrets
from chalicelib.core import contact_points
from chalicelib.core.errors import Unavailable
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.contact_forms import (
    CONTACTS,
    ContactForm,
    ContactForms,
    KeyedForm,
    LiveForms,
)


class _Made(NamedTuple):
    """Live forms, and the objects they were made of: stored forms and the first key, each as it was read (B3)."""

    forms: ContactForms
    key: bytes
    live: LiveForms


_last: list[_Made] = []


def contact_forms(now: int) -> LiveForms:
    """Return the live forms, at most ten seconds old. Raise Unavailable if a key is not the registered one.

    With a wrong key no block would be found, so the request fails instead (INT-11).
    """
    first = _first(now)
    forms = configuration.cached(ContactForms, CONTACTS, now, first) or first
    key = secrets.contacts_key()
    for made in _last:
        if made.forms is forms and made.key is key:
            return made.live
    live = _with_keys(forms)
    _last[:] = [_Made(forms, key, live)]
    return live


def _with_keys(forms: ContactForms) -> LiveForms:
    other = forms.other
    return LiveForms(
        keyed(forms.written), keyed(other) if other else None, tuple([keyed(form) for form in forms.kept])
    )


def get_contact_forms(now: int) -> ContactForms:
    """Return the forms as they are stored now. A deployment older than the forms has version 0 of them, in form 1."""
    return configuration.get(ContactForms, CONTACTS, now) or _first(now)


def keyed(form: ContactForm) -> KeyedForm:
    """Return a form with its key. Raise Unavailable if Secrets Manager has another key, or none."""
    key = secrets.contacts_key()
    if contact_points.fingerprint(key) != form.fingerprint:
        key = secrets.contacts_key(form.fingerprint[:8])
    if contact_points.fingerprint(key) != form.fingerprint:
        raise Unavailable("The contact key is not the registered one; contacts cannot be looked up.")
    return KeyedForm(key, form.form)


def _first(now: int) -> ContactForms:
    fingerprint = configuration.key_fingerprint(CONTACTS, now)
    if fingerprint is None:
        raise Unavailable("No contact key is registered; contacts cannot be looked up.")
    return _in_form_1(fingerprint)


@functools.lru_cache(maxsize=2)
def _in_form_1(fingerprint: str) -> ContactForms:
    return ContactForms(current=ContactForm(fingerprint, 1))
