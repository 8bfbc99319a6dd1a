"""Correct a person's values (INT-17), and complete them with those of a later lead (CAM-7)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.words import contact_kind
from chalicelib.leads.domain.decision_basis import DecisionBasis
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.leads.domain.person_size import MAX_BYTES, size_of, too_long
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.fields import (
    MAX_CONTACTS,
    ContactField,
    contacts_of,
    holds_named_contact,
    parse_submission,
    too_many_contacts,
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
    unknown = [key for key in values if key not in own and key not in person.extras]
    stored = {key: value for key, value in person.fields.items() if key in own}
    new_values = {key: value for key, value in values.items() if key in own}
    parsed = parse_submission({**stored, **new_values}, lead_type, region)
    errors = [
        FieldError(
            _safe_name(key), "unknown", f"There is no such field; the lead type has: {listed(sorted(own))}."
        )
        for key in unknown
    ]
    errors += [error for error in parsed.errors if error.field in (*new_values, "fields")]
    extras = _extras(person, {key: value for key, value in values.items() if key not in own}, errors)
    unparsed = {
        key: value
        for key, value in person.fields.items()
        if key not in new_values and key not in parsed.fields
    }
    fields = {**unparsed, **parsed.fields}
    contacts = contacts_of(fields, extras, lead_type, region)
    if len(contacts) > max(MAX_CONTACTS, len(contacts_of(person.fields, person.extras, lead_type, region))):
        errors.append(too_many_contacts())
    old_marks = [mark for mark in person.phone_marks if mark["field"] not in new_values]
    new_marks = [mark for mark in parsed.phone_marks if mark["field"] in new_values]
    after = _changed(person, fields, extras, [*old_marks, *new_marks], lead_type)
    if size_of(after) > max(MAX_BYTES, size_of(person)):
        errors.append(too_long())
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    return Corrected(after, contacts, _changed_names(person, after))


def completed(person: Person, newer: Person, lead_type: LeadType, region: str) -> Corrected:
    """Return the person with the values of a later lead: a value replaces an older one, a blank does not (CAM-7).

    A field with several values gets the new ones at its end. Values over the maximum of contacts, characters, unknown
    fields or bytes of a person are left out. The intake parsed both leads, so their values are in normal form.
    """
    keys = lead_type.fields_in_use
    new_values = {key: value for key, value in newer.fields.items() if key in keys and not is_blank(value)}
    fields = {
        **person.fields,
        **{key: _joined(person.fields.get(key), new_values[key]) for key in new_values},
    }
    extras = _joined_extras(person.extras, newer.extras)
    contacts = contacts_of(fields, extras, lead_type, region)
    if len(contacts) > MAX_CONTACTS:
        named = {entry.key for entry in lead_type.contact_fields}
        fields = _with_contacts_of(
            person.fields, fields, lambda key, _: key in named or contact_kind(key) is not None
        )
        extras = _with_contacts_of(
            person.extras, extras, lambda key, value: holds_named_contact(key, value, region)
        )
    marks = [*person.phone_marks, *newer.phone_marks]
    after = _changed(person, fields, extras, marks, lead_type)
    kept = _within_budget(person, after)
    if kept is not person:
        kept = _changed(person, kept.fields, kept.extras, marks, lead_type)
    contacts = contacts_of(kept.fields, kept.extras, lead_type, region)
    return Corrected(kept, contacts, _changed_names(person, kept), _changed_names(kept, after))


def _changed(
    person: Person,
    fields: dict[str, Any],
    extras: dict[str, Any],
    marks: list[PhoneMark],
    lead_type: LeadType,
) -> Person:
    """Return the person with other values, the marks of the numbers that are left, and the inputs of the decision."""
    evidence = {key: value for key, value in person.evidence.items() if key != PHONES}
    if kept := kept_marks(marks, fields):
        evidence[PHONES] = kept
    decided = _original_inputs(person, fields, lead_type)
    return replace(person, fields=fields, extras=extras, evidence=evidence, decided=decided)


def _within_budget(before: Person, after: Person) -> Person:
    """Return the later person, or the earlier one with those new values for which it has room, in their order (INT-7).

    If it had no room for one, only `before` is left: then the inputs of the decision are not copied either.
    """
    if size_of(after) <= MAX_BYTES:
        return after
    kept = replace(before, evidence=after.evidence, decided=after.decided)
    for key, value in after.fields.items():
        candidate = replace(kept, fields={**kept.fields, key: value})
        kept = candidate if size_of(candidate) <= MAX_BYTES else kept
    for key, value in after.extras.items():
        candidate = replace(kept, extras={**kept.extras, key: value})
        kept = candidate if size_of(candidate) <= MAX_BYTES else kept
    return kept if (kept.fields, kept.extras) != (before.fields, before.extras) else before


def _with_contacts_of(
    before: Mapping[str, Any], after: Mapping[str, Any], is_named: Callable[[str, Any], bool]
) -> dict[str, Any]:
    """Return the later values, but the earlier ones under the names of contacts."""
    contacts = {key: value for key, value in before.items() if is_named(key, value)}
    return {**{key: value for key, value in after.items() if not is_named(key, value)}, **contacts}


def _original_inputs(person: Person, after: Mapping[str, Any], lead_type: LeadType) -> DecisionBasis:
    """Return the inputs of the decision, with the original fields except contacts (CAM-20).

    A wrong contact may be another person's, and no search would find it here, so it is not kept. The inputs keep which
    fields had contacts, and whether one of them was changed.
    """
    contacts = {entry.key for entry in lead_type.contact_fields}
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
