"""The parser of posted values into the fields of a lead type (INT-6, INT-7)."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from chalicelib.core.contact_points import normal_form
from chalicelib.core.errors import FieldError
from chalicelib.core.phone_countries import PhoneRegions
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.words import is_test_text
from chalicelib.organisation.domain import field_types
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.found_contacts import (
    MAX_CONTACTS,
    ContactField,
    Found,
    FoundContact,
    all_contacts,
    noted,
    read_found,
    too_many_contacts,
    with_room,
)
from chalicelib.organisation.domain.phone_marks import PhoneMark, mark_of, numbers_with_extensions
from chalicelib.organisation.domain.side_fields import PHONES, UNREAD, is_test_lead, readable
from chalicelib.organisation.domain.sorted_values import SortedValues, given_value, sort_values

Note = tuple[str, str]
NOT_INDEXED: Note = ("contacts", "contacts_not_indexed")


@dataclass(frozen=True)
class ParsedSubmission:
    """The parsed values: by field, extras, evidence, contacts as (kind, field, normal form), and all errors.

    `found` are the contacts of extras and text fields that are indexed; None if reading again finds none either.
    """

    fields: dict[str, Any]
    extras: dict[str, Any]
    evidence: dict[str, Any]
    contacts: tuple[ContactField, ...]
    errors: tuple[FieldError, ...]
    test: bool = False
    notes: tuple[Note, ...] = ()
    found: Found | None = None

    @property
    def external_id(self) -> str | None:
        """Return the source's own id of the lead, if it sent one (INT-9)."""
        return self.evidence.get("external_id")

    @property
    def side_fields(self) -> dict[str, Any]:
        """Return the side fields that were read, for criteria and services (SRC-5)."""
        return readable(self.evidence)

    @property
    def phone_marks(self) -> list[PhoneMark]:
        """Return the marks of the phone numbers (INT-7)."""
        return list(self.evidence.get(PHONES, ()))


@dataclass
class _Reading:
    """What reading the fields has found so far."""

    region: str
    form: bool
    regions: PhoneRegions
    names: Mapping[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    marks: list[PhoneMark] = field(default_factory=list)
    country: str = ""


def parse_submission(
    values: Mapping[str, Any],
    lead_type: LeadType,
    region: str,
    delimiter: str | None = None,
    *,
    now: int | None = None,
    form: bool = False,
) -> ParsedSubmission:
    """Return the parsed values of a posted object, with all bad fields in `errors`. Nothing is raised (INT-7).

    A text with several values is split at the campaign's delimiter (CAM-24). `now` is the time of receipt, `form` says
    that the values came as a form, whose `+` may have become a blank.
    """
    given = sort_values(values, lead_type, region, delimiter, now)
    dummy = is_test_lead(values)
    country = _country(given, lead_type) or region
    reading = _Reading(
        region, form, PhoneRegions(values, region), given.names, errors=given.errors, country=country
    )
    for entry in lead_type.fields_in_use.values():
        _read_given(entry, given, delimiter, dummy, reading)
    texts = texts_as_sent(given.known, reading.fields, lead_type, delimiter)
    read: list[FoundContact] = []
    if texts or given.extras:
        read = read_found(texts, given.extras, region, form=form, beside=reading.fields)
    found = with_room(reading.fields, (), read, lead_type) if read else ()
    contacts = all_contacts(reading.fields, found, lead_type)
    if len(contacts) > MAX_CONTACTS:
        reading.errors.append(too_many_contacts())
    elif not dummy and not contacts and _holds_nothing(reading, lead_type):
        reading.errors.append(nothing_readable())
    evidence = _evidence(given, reading)
    test = dummy or evidence.get("test") is True
    if isinstance(evidence.get("test"), bool):
        del evidence["test"]
    is_left_out = len(found) < len(read)
    notes = (*reading.notes, *_notes(given, is_left_out=is_left_out))
    errors = tuple(reading.errors)
    kept = noted(found, texts, given.extras) if texts or given.extras else None
    return ParsedSubmission(reading.fields, given.extras, evidence, contacts, errors, test, notes, kept)


def texts_as_sent(
    sent: Mapping[str, Any], fields: Mapping[str, Any], lead_type: LeadType, delimiter: str | None = None
) -> dict[str, Any]:
    """Return the values of text fields that are contact words, as they were sent: a form's blank may be a `+`."""
    texts: dict[str, Any] = {}
    for key in lead_type.contact_text_keys:
        if key in sent and key in fields:
            items = given_value(lead_type.fields_in_use[key], sent[key], delimiter)
            texts[key] = list(map(str, items)) if isinstance(items, list) else str(items)
    return texts


def nothing_readable() -> FieldError:
    """Return the error of a lead with neither a contact nor a required field (SRC-3)."""
    message = (
        "No contact and no required field could be read; send at least a phone number or an e-mail address."
    )
    return FieldError("contacts", "nothing_readable", message)


def duplicate_values(
    fields: Mapping[str, Any], marks: Sequence[PhoneMark], lead_type: LeadType, form: int
) -> dict[str, tuple[str, ...]]:
    """Return the comparable values of each duplicate set whose fields all have a value (CAM-4).

    Phone numbers are compared in a version of the normal form of contacts.
    """
    phones = lead_type.keys_by_kind.get("phone", ())

    def comparable(key: str) -> str:
        value = fields[key]
        return _comparable(_numbers(key, value, marks, form) if key in phones else value)

    return {
        name: tuple(map(comparable, keys))
        for name, keys in lead_type.duplicate_sets.items()
        if fields.keys() >= set(keys)
    }


def _numbers(key: str, value: Any, marks: Sequence[PhoneMark], form: int) -> Any:
    if marks:
        value = numbers_with_extensions(key, value, marks)
    if form < 2:  # as it is stored: form 1 does not leave out a number given twice
        return value
    if isinstance(value, list):
        return sorted({_number(one, form) for one in value})
    return _number(value, form)


def _number(text: str, form: int) -> str:
    number, mark, extension = text.partition(";")
    return normal_form("phone", number, form) + mark + extension


def _read_given(
    entry: Field, given: SortedValues, delimiter: str | None, dummy: bool, reading: _Reading
) -> None:
    key = entry.key
    value = given_value(entry, given.known[key], delimiter) if key in given.known else None
    if dummy and entry.kind != "text" and isinstance(value, str) and is_test_text(value):
        given.extras[key] = value
        return
    if value is None or value == []:
        if entry.required:
            reading.errors.append(FieldError(key, "required", "This field is required."))
        return
    try:
        reading.fields[key] = (
            [_read_one(entry, item, reading) for item in value]
            if entry.multiple
            else _read_one(entry, value, reading)
        )
    except field_types.UnreadableValue as problem:
        reading.errors.append(FieldError(key, problem.code, problem.message))


def _read_one(entry: Field, value: Any, reading: _Reading) -> Any:
    if entry.kind == "choice":
        return field_types.read_choice(value, entry.choices)
    if entry.kind == "postal_code":
        return field_types.read_postal_code(value, reading.country)
    if entry.kind != "phone":
        return field_types.read_value(entry.kind, value, reading.region)
    region = reading.regions.of(reading.names.get(entry.key, entry.key))
    contact = field_types.read_phone_value(value, region, form=reading.form)
    reading.notes += [(entry.key, note) for note in contact.mended]
    mark = mark_of(entry.key, contact)
    if mark is not None:
        reading.marks.append(mark)
        reading.notes += [(entry.key, "unverified")] if mark.get("unverified") else []
    return contact.normal


def _country(given: SortedValues, lead_type: LeadType) -> str | None:
    """Return the country that the lead names, in two letters."""
    texts = (given.known.get(key) for key in lead_type.keys_by_kind.get("country", ()))
    return next((text.strip().upper() for text in texts if isinstance(text, str) and text.strip()), None)


def _holds_nothing(reading: _Reading, lead_type: LeadType) -> bool:
    """Return True if no required field has a value, and no other error says why."""
    if any(entry.required and entry.key in reading.fields for entry in lead_type.fields):
        return False
    return all(error.code == "required" for error in reading.errors)


def _evidence(given: SortedValues, reading: _Reading) -> dict[str, Any]:
    more = {UNREAD: sorted(given.unread), PHONES: reading.marks}
    return {**given.evidence, **{name: value for name, value in more.items() if value}}


def _notes(given: SortedValues, *, is_left_out: bool) -> list[Note]:
    notes = [(name, UNREAD) for name in sorted(given.unread)]
    return [*notes, NOT_INDEXED] if is_left_out else notes


def _comparable(value: Any) -> str:
    texts = sorted(map(str, value)) if isinstance(value, list) else [str(value)]
    return "\x1f".join(unicodedata.normalize("NFKC", text).strip().casefold() for text in texts)
