"""Correcting what a person gave (INT-17)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.errors import FieldError, Invalid
from chalicelib.domain.fields import MAX_CHARACTERS, read_submission
from chalicelib.domain.leads import Person
from chalicelib.domain.setup import LeadType

_WHOLE = ("contacts", "fields")
EXTRAS = "extras"


@dataclass(frozen=True)
class Corrected:
    """The person after the correction (refs aside), its contacts, and the names of what differs.

    `reread` tells whether every field was read anew; if not, contacts of before may still be there.
    """

    person: Person
    contacts: tuple[tuple[str, str, str], ...]
    names: tuple[str, ...]
    reread: bool


def corrected(person: Person, given: Mapping[str, Any], lead_type: LeadType, region: str) -> Corrected:
    """Return the person with these values, read as at the door; null empties a field.

    Raises Invalid with every bad one of them. What the source sent besides and what is not corrected is left as it
    is, also where the lead type has become stricter meanwhile.
    """
    own = {entry.key for entry in lead_type.fields if not entry.retired}
    unknown = [key for key in given if key not in own and key not in person.extras]
    kept = {key: value for key, value in person.fields.items() if key in own}
    wanted = {key: value for key, value in given.items() if key in own}
    reading = read_submission({**kept, **wanted}, lead_type, region)
    errors = [FieldError(_shown(key), "unknown", "There is no such field.") for key in unknown]
    errors += [error for error in reading.errors if error.field in wanted or error.field in _WHOLE]
    extras = _extras(person, {key: value for key, value in given.items() if key not in own}, errors)
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    unread = {
        key: value for key, value in person.fields.items() if key not in wanted and key not in reading.fields
    }
    after = replace(person, fields={**unread, **reading.fields}, extras=extras)
    return Corrected(after, reading.contacts, _differing(person, after), not set(unread) & own)


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
