"""Correct a person's values (INT-17), and complete them with those of a later lead (CAM-7)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.decision_basis import DecisionBasis
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.leads.domain.person_contacts import text_values_of, with_found
from chalicelib.leads.domain.person_size import MAX_BYTES, size_of, too_long
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.fields import parse_submission, texts_as_sent
from chalicelib.organisation.domain.found_contacts import (
    MAX_CONTACTS,
    ContactField,
    Found,
    FoundContact,
    all_contacts,
    named_contacts,
    noted,
    read_found,
    too_many_contacts,
    with_room,
)
from chalicelib.organisation.domain.phone_marks import PhoneMark, kept_marks
from chalicelib.organisation.domain.side_fields import PHONES
from chalicelib.organisation.domain.sorted_values import MAX_CHARACTERS, MAX_EXTRAS, is_blank

EXTRAS = "extras"


@dataclass(frozen=True)
class Corrected:
    """The corrected person (without new refs), its contacts, and the names of the changed fields.

    `left_out` are the names of fields whose new values had no room (CAM-7).
    """

    person: Person
    contacts: tuple[ContactField, ...]
    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def require_may_correct(actor: Actor, facts: Facts) -> None:
    """Raise Forbidden unless the actor works leads, or may review and the lead is held (ACC-3)."""
    if facts.status is not Status.HELD or not actor.has(Permission.QUALITY_REVIEW):
        actor.require(Permission.LEADS_WORK)


def corrected(person: Person, values: Mapping[str, Any], lead_type: LeadType, region: str) -> Corrected:
    """Return the person with these values, parsed as in the intake; null clears a field.

    Raise Invalid with every bad value. Extras and fields that are not corrected stay unchanged, even if the lead type
    is stricter now.
    """
    own = lead_type.fields_in_use
    person = with_found(person, lead_type, region)
    unknown = [key for key in values if key not in own and key not in person.extras]
    new_values = {key: value for key, value in values.items() if key in own}
    parsed = parse_submission({**_countries(person, lead_type), **new_values}, lead_type, region)
    errors = [
        FieldError(
            _safe_name(key), "unknown", f"There is no such field; the lead type has: {listed(sorted(own))}."
        )
        for key in unknown
    ]
    errors += [error for error in parsed.errors if error.field in (*new_values, "fields")]
    extras = _extras(person, {key: value for key, value in values.items() if key not in own}, errors)
    read = {key: value for key, value in parsed.fields.items() if key in new_values}
    fields = {
        key: value for key, value in {**person.fields, **read}.items() if key in read or key not in new_values
    }
    found = _found_again(person, new_values, fields, extras, lead_type, region)
    named, named_before = (
        named_contacts(values, contacts, lead_type)
        for values, contacts in ((fields, found), (person.fields, person.found or ()))
    )
    if len(named) > max(MAX_CONTACTS, len(named_before)):
        errors.append(too_many_contacts())
    old_marks = [mark for mark in person.phone_marks if mark["field"] not in new_values]
    new_marks = [mark for mark in parsed.phone_marks if mark["field"] in new_values]
    after = _changed(person, fields, extras, found, [*old_marks, *new_marks], lead_type)
    if size_of(after) > max(MAX_BYTES, size_of(person)):
        errors.append(too_long())
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    contacts = all_contacts(fields, found, lead_type)
    return Corrected(after, contacts, _changed_names(person, after))


def completed(person: Person, newer: Person, lead_type: LeadType, region: str) -> Corrected:
    """Return the person with the values of a later lead: a value replaces an older one, a blank does not (CAM-7).

    A field with several values gets the new ones at its end. Values over the maximum of contacts, characters, unknown
    fields or bytes of a person are left out. The intake parsed both leads, so their values are in normal form, and
    their contacts are those that it read.
    """
    person, newer = (with_found(one, lead_type, region) for one in (person, newer))
    keys = lead_type.fields_in_use
    new_values = {key: value for key, value in newer.fields.items() if key in keys and not is_blank(value)}
    fields = {
        **person.fields,
        **{key: _joined(person.fields.get(key), new_values[key]) for key in new_values},
    }
    extras = _joined_extras(person.extras, newer.extras)
    found = _found_of_both(person, newer, fields, extras, lead_type)
    if len(named_contacts(fields, found, lead_type)) > MAX_CONTACTS:
        named = {entry.key for entry in lead_type.contact_fields} | set(lead_type.contact_text_keys)
        fields = _with_those_of(person.fields, fields, named)
        in_extras = (one.field for one in found if one.in_extras and one.under_word)
        extras = _with_those_of(person.extras, extras, set(in_extras))
        found = _found_of_both(person, newer, fields, extras, lead_type)
    marks = [*person.phone_marks, *newer.phone_marks]
    after = _changed(person, fields, extras, found, marks, lead_type)
    kept = _within_budget(person, newer, after, lead_type)
    if kept is not person:
        kept = _changed(person, kept.fields, kept.extras, kept.found or (), marks, lead_type)
    contacts = all_contacts(kept.fields, kept.found or (), lead_type)
    return Corrected(kept, contacts, _changed_names(person, kept), _changed_names(kept, after))


def _found_again(
    person: Person,
    sent: Mapping[str, Any],
    fields: Mapping[str, Any],
    extras: Mapping[str, Any],
    lead_type: LeadType,
    region: str,
) -> Found:
    """Return the found contacts of a corrected person: only values that really change are read (INT-17)."""
    kept = [
        one
        for one in person.found or ()
        if _value_at(one, person.fields, person.extras) == _value_at(one, fields, extras)
    ]
    texts = texts_as_sent(sent, fields, lead_type)
    new = read_found(
        {key: text for key, text in texts.items() if fields[key] != person.fields.get(key)},
        {key: value for key, value in extras.items() if value != person.extras.get(key)},
        region,
        beside={**fields, **extras},
    )
    return with_room(fields, kept, new, lead_type)


def _found_of_both(
    person: Person,
    newer: Person,
    fields: Mapping[str, Any],
    extras: Mapping[str, Any],
    lead_type: LeadType,
) -> Found:
    """Return the found contacts of a completed person: each value has those of the lead that it is from."""
    kept: list[FoundContact] = []
    for one in person.found or ():
        before, after = _value_at(one, person.fields, person.extras), _value_at(one, fields, extras)
        is_joined = not one.in_extras and isinstance(before, list) and isinstance(after, list)
        kept += [one] if before == after or is_joined else []
    new = [
        one
        for one in newer.found or ()
        if _value_at(one, person.fields, person.extras) != _value_at(one, fields, extras)
    ]
    return with_room(fields, kept, new, lead_type)


def _value_at(one: FoundContact, fields: Mapping[str, Any], extras: Mapping[str, Any]) -> Any:
    return (extras if one.in_extras else fields).get(one.field)


def _countries(person: Person, lead_type: LeadType) -> dict[str, Any]:
    """Return the countries that the person names: a postal code is read as one of them."""
    keys = lead_type.keys_by_kind.get("country", ())
    return {key: person.fields[key] for key in keys if key in person.fields}


def _changed(
    person: Person,
    fields: dict[str, Any],
    extras: dict[str, Any],
    found: Found,
    marks: list[PhoneMark],
    lead_type: LeadType,
) -> Person:
    """Return the person with other values, the marks of the numbers that are left, and the inputs of the decision."""
    evidence = {key: value for key, value in person.evidence.items() if key != PHONES}
    if kept := kept_marks(marks, fields):
        evidence[PHONES] = kept
    decided = _original_inputs(person, fields, lead_type)
    own = noted(found, text_values_of(fields, lead_type), extras)
    return replace(person, fields=fields, extras=extras, evidence=evidence, decided=decided, found=own)


def _within_budget(before: Person, newer: Person, after: Person, lead_type: LeadType) -> Person:
    """Return the later person, or the earlier one with those new values for which it has room, in their order (INT-7).

    If it had no room for one, only `before` is left: then the inputs of the decision are not copied either.
    """
    if size_of(after) <= MAX_BYTES:
        return after
    kept = replace(before, evidence=after.evidence, decided=after.decided)
    new = [(False, *item) for item in after.fields.items()] + [(True, *item) for item in after.extras.items()]
    for in_extras, key, value in new:
        fields, extras = (
            (kept.fields, {**kept.extras, key: value})
            if in_extras
            else ({**kept.fields, key: value}, kept.extras)
        )
        found = _found_of_both(before, newer, fields, extras, lead_type)
        candidate = replace(kept, fields=fields, extras=extras, found=found)
        kept = candidate if size_of(candidate) <= MAX_BYTES else kept
    return kept if (kept.fields, kept.extras) != (before.fields, before.extras) else before


def _with_those_of(before: Mapping[str, Any], after: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Return the later values, but the earlier ones under these names."""
    earlier = {key: value for key, value in before.items() if key in names}
    return {**{key: value for key, value in after.items() if key not in names}, **earlier}


def _original_inputs(person: Person, after: Mapping[str, Any], lead_type: LeadType) -> DecisionBasis:
    """Return the inputs of the decision, with the original fields except contacts (CAM-20).

    A wrong contact may be another person's, and no search would find it here, so it is not kept. The inputs keep which
    fields had contacts, and whether one of them was changed.
    """
    contacts = {entry.key for entry in lead_type.contact_fields}
    contacts.update(one.field for one in person.found or () if not one.in_extras)
    inputs: DecisionBasis = {
        "fields": {key: value for key, value in person.fields.items() if key not in contacts},
        "contacts": sorted(contacts & person.fields.keys()),
        **person.decided,
    }
    if any(person.fields.get(key) != after.get(key) for key in inputs["contacts"]):
        inputs["contacts_corrected"] = True
    return inputs


def _joined(older: Any, newer: Any) -> Any:
    if not isinstance(older, list) or not isinstance(newer, list):
        return newer
    joined = [*older, *(value for value in newer if value not in older)]
    return joined if len(json.dumps(joined)) <= MAX_CHARACTERS else older


def _joined_extras(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the unknown fields of both leads, with the newer values, up to the maximum (INT-7)."""
    extras = dict(older)
    for key, value in newer.items():
        if not is_blank(value) and (key in extras or len(extras) < MAX_EXTRAS):
            extras[key] = value
    return extras


def _extras(person: Person, values: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    for key, value in values.items():
        if (
            key in person.extras
            and value is not None
            and not (isinstance(value, str) and len(value) <= MAX_CHARACTERS)
        ):
            errors.append(
                FieldError(_safe_name(key), "type", f"Must be a text of at most {MAX_CHARACTERS} characters.")
            )
    extras = {**person.extras, **{key: value for key, value in values.items() if key in person.extras}}
    return {key: value for key, value in extras.items() if value is not None}


def _changed_names(before: Person, after: Person) -> tuple[str, ...]:
    keys = sorted(before.fields.keys() | after.fields.keys())
    names = [key for key in keys if _value_of(before, key) != _value_of(after, key)]
    return (*names, EXTRAS) if before.extras != after.extras else tuple(names)


def _value_of(person: Person, key: str) -> tuple[Any, list[PhoneMark]]:
    """Return a field's value with the marks of its numbers: another extension is a change, too."""
    return person.fields.get(key), [mark for mark in person.phone_marks if mark["field"] == key]


def _safe_name(key: str) -> str:
    """Return a field's name for an error; `*` for a key that may be a value."""
    return key if len(key) <= 64 and key.isascii() and key.replace("_", "").isalnum() else "*"
