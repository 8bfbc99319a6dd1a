"""Correcting what a person gave (INT-17), and adding what the person gave again (CAM-7)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.leads.domain.decision_basis import DecisionBasis
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.organisation.domain.aliases import canonical
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.fields import (
    CONTACT_KINDS,
    MAX_CHARACTERS,
    MAX_CONTACTS,
    MAX_EXTRAS,
    ContactField,
    contact_words,
    contacts_of,
    is_blank,
    parse_submission,
    too_many_contacts,
)

EXTRAS = "extras"


@dataclass(frozen=True)
class Corrected:
    """The person after the correction (refs aside), all its contacts, and the names of what differs."""

    person: Person
    contacts: tuple[ContactField, ...]
    names: tuple[str, ...]


def require_may_correct(actor: Actor, facts: Facts) -> None:
    """Raise Forbidden unless the actor works leads, or the lead is held and the actor is its reviewer (ACC-3)."""
    if facts.status is not Status.HELD or not actor.has(Permission.QUALITY_REVIEW):
        actor.require(Permission.LEADS_WORK)


def corrected(person: Person, given: Mapping[str, Any], lead_type: LeadType, region: str) -> Corrected:
    """Return the person with these values, read as at the door; null empties a field.

    Raises Invalid with every bad one of them. What the source sent besides and what is not corrected is left as it
    is, also where the lead type has become stricter meanwhile.
    """
    own = {entry.key for entry in lead_type.fields if not entry.retired}
    unknown = [key for key in given if key not in own and key not in person.extras]
    kept = {key: value for key, value in person.fields.items() if key in own}
    wanted = {key: value for key, value in given.items() if key in own}
    reading = parse_submission({**kept, **wanted}, lead_type, region)
    errors = [FieldError(_shown(key), "unknown", "There is no such field.") for key in unknown]
    errors += [error for error in reading.errors if error.field in (*wanted, "fields")]
    extras = _extras(person, {key: value for key, value in given.items() if key not in own}, errors)
    unread = {
        key: value for key, value in person.fields.items() if key not in wanted and key not in reading.fields
    }
    fields = {**unread, **reading.fields}
    contacts = contacts_of(fields, extras, lead_type, region)
    if len(contacts) > max(MAX_CONTACTS, len(contacts_of(person.fields, person.extras, lead_type, region))):
        errors.append(too_many_contacts())
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    after = replace(person, fields=fields, extras=extras, decided=_as_it_came(person, fields, lead_type))
    return Corrected(after, contacts, _differing(person, after))


def completed(person: Person, newer: Person, lead_type: LeadType, region: str) -> Corrected:
    """Return the person with what a later lead of theirs gives: a value replaces an older one, a blank none (CAM-7).

    Where a field takes several values, those that are new come after the others. What the lead would then have too
    much of, contacts or text or unknown fields, is left as it was. Both leads were read at the door: their values
    are in normal form.
    """
    keys = {entry.key for entry in lead_type.fields if not entry.retired}
    given = {key: value for key, value in newer.fields.items() if key in keys and not is_blank(value)}
    fields = {**person.fields, **{key: _joined(person.fields.get(key), given[key]) for key in given}}
    extras = _more_extras(person.extras, newer.extras)
    contacts = contacts_of(fields, extras, lead_type, region)
    if len(contacts) > MAX_CONTACTS:
        words = contact_words(lead_type)
        fields, extras = _but(words, person.fields, fields), _but(words, person.extras, extras)
        contacts = contacts_of(fields, extras, lead_type, region)
    after = replace(person, fields=fields, extras=extras, decided=_as_it_came(person, fields, lead_type))
    return Corrected(after, contacts, _differing(person, after))


def _but(words: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is there after, but everything under a contact's word as it was before."""
    kept = {key: value for key, value in before.items() if canonical(key) in words}
    return {**{key: value for key, value in after.items() if canonical(key) not in words}, **kept}


def _as_it_came(person: Person, after: Mapping[str, Any], lead_type: LeadType) -> DecisionBasis:
    """Return what the decision went by, with the fields as they came, but for contacts (CAM-20).

    A contact that was wrong may be another person's: it is not kept, for no search by it would find it. What is kept
    is in which fields contacts came, and whether one of those has become another since.
    """
    contacts = {entry.key for entry in lead_type.fields if entry.kind in CONTACT_KINDS}
    came: DecisionBasis = {
        "fields": {key: value for key, value in person.fields.items() if key not in contacts},
        "contacts": sorted(contacts & person.fields.keys()),
        **person.decided,
    }
    if any(person.fields.get(key) != after.get(key) for key in came["contacts"]):
        came["contacts_corrected"] = True
    return came


def _joined(older: Any, newer: Any) -> Any:
    if not isinstance(older, list) or not isinstance(newer, list):
        return newer
    joined = [*older, *(one for one in newer if one not in older)]
    return joined if len(json.dumps(joined)) <= MAX_CHARACTERS else older


def _more_extras(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the unknown fields of both; the newer ones' values, as far as there is room (INT-7)."""
    extras = dict(older)
    for key, value in newer.items():
        if not is_blank(value) and (key in extras or len(extras) < MAX_EXTRAS):
            extras[key] = value
    return extras


def _extras(person: Person, given: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    for key, value in given.items():
        if (
            key in person.extras
            and value is not None
            and not (isinstance(value, str) and len(value) <= MAX_CHARACTERS)
        ):
            errors.append(
                FieldError(_shown(key), "type", f"Must be a text of at most {MAX_CHARACTERS} characters.")
            )
    known = {**person.extras, **{key: value for key, value in given.items() if key in person.extras}}
    return {key: value for key, value in known.items() if value is not None}


def _differing(before: Person, after: Person) -> tuple[str, ...]:
    keys = sorted(before.fields.keys() | after.fields.keys())
    names = [key for key in keys if before.fields.get(key) != after.fields.get(key)]
    return (*names, EXTRAS) if before.extras != after.extras else tuple(names)


def _shown(key: str) -> str:
    """Return a field's name for an error; a key that does not look like one may be a value, and is hidden."""
    return key if len(key) <= 64 and key.isascii() and key.replace("_", "").isalnum() else "*"
