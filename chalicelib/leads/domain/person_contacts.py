"""The contacts of a stored person, as they were read when their values came in (SRC-3, INT-17)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.leads.domain.leads import Person
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.found_contacts import (
    ContactField,
    Found,
    all_contacts,
    noted,
    read_found,
    with_room,
)


def contacts_of(person: Person, lead_type: LeadType, region: str) -> tuple[ContactField, ...]:
    """Return every contact of a person as kind, field and normal form, each once.

    Values of phone and e-mail fields, also retired ones, are in normal form. Those of extras and text fields are not
    read again: another region, or a blank that was a form's `+`, would make another number of them. `region` is used
    for rows without `found` alone.
    """
    return all_contacts(person.fields, found_of(person, lead_type, region), lead_type)


def found_of(person: Person, lead_type: LeadType, region: str) -> Found:
    """Return the indexed contacts of extras and text fields. Rows without `found` are read with this region."""
    if person.found is not None:
        return person.found
    texts = text_values_of(person.fields, lead_type)
    read = read_found(texts, person.extras, region, beside=person.fields)
    return with_room(person.fields, (), read, lead_type)


def with_found(person: Person, lead_type: LeadType, region: str) -> Person:
    """Return a person whose found contacts are noted, also that of an older row."""
    found = found_of(person, lead_type, region)
    return replace(person, found=noted(found, text_values_of(person.fields, lead_type), person.extras))


def text_values_of(fields: Mapping[str, Any], lead_type: LeadType) -> dict[str, Any]:
    """Return the values of text fields that are contact words, as they are stored."""
    return {key: fields[key] for key in lead_type.contact_text_keys if key in fields}
