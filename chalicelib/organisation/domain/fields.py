"""The parser of posted values into the fields of a lead type (INT-6, INT-7)."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
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


@dataclass(slots=True)
class _Reading:
    """The values by their place, how to read them, and what reading the fields has found so far."""

    given: SortedValues
    lead_type: LeadType
    region: str
    form: bool
    regions: PhoneRegions
    fields: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    marks: list[PhoneMark] = field(default_factory=list)


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
    reading = _Reading(given, lead_type, region, form, PhoneRegions(values, region))
    for key, entry in lead_type.fields_in_use.items():
        if key in given.known:
            _read_given(entry, given.known[key], delimiter, dummy, reading)
        elif entry.required:
            given.errors.append(_required(key))
    texts = texts_as_sent(given.known, reading.fields, lead_type, delimiter)
    read: list[FoundContact] = []
    if texts or given.extras:
        read = read_found(texts, given.extras, region, form=form, beside=reading.fields)
    found = with_room(reading.fields, (), read, lead_type) if read else ()
    contacts = all_contacts(reading.fields, found, lead_type)
    if len(contacts) > MAX_CONTACTS:
        given.errors.append(too_many_contacts())
    elif not dummy and not contacts and _holds_nothing(reading):
        given.errors.append(nothing_readable())
    evidence = _evidence(reading)
    marked = evidence.get("test")
    if isinstance(marked, bool):
        del evidence["test"]
    notes = _notes(reading, is_left_out=len(found) < len(read))
    errors, test = tuple(given.errors), dummy or marked is True
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


def _read_given(entry: Field, value: Any, delimiter: str | None, dummy: bool, reading: _Reading) -> None:
    key, read = entry.key, _READERS.get(entry.kind, _read_plain)
    if entry.multiple:
        value = given_value(entry, value, delimiter)
    if dummy and entry.kind != "text" and isinstance(value, str) and is_test_text(value):
        reading.given.extras[key] = value
        return
    if entry.multiple and not value:
        if entry.required:
            reading.given.errors.append(_required(key))
        return
    try:
        reading.fields[key] = (
            [read(entry, item, reading) for item in value] if entry.multiple else read(entry, value, reading)
        )
    except field_types.UnreadableValue as problem:
        reading.given.errors.append(FieldError(key, problem.code, problem.message))


def _required(key: str) -> FieldError:
    return FieldError(key, "required", "This field is required.")


def _read_plain(entry: Field, value: Any, reading: _Reading) -> Any:
    return field_types.read_value(entry.kind, value, reading.region)


def _read_choice(entry: Field, value: Any, reading: _Reading) -> str:
    return field_types.read_choice(value, entry.choices)


def _read_postal_code(entry: Field, value: Any, reading: _Reading) -> str:
    return field_types.read_postal_code(value, _country(reading) or reading.region)


def _read_phone(entry: Field, value: Any, reading: _Reading) -> str:
    key = entry.key
    region = reading.regions.of(reading.given.names.get(key, key))
    contact = field_types.read_phone_value(value, region, form=reading.form)
    if contact.mended:
        reading.notes += [(key, note) for note in contact.mended]
    mark = mark_of(key, contact)
    if mark is not None:
        reading.marks.append(mark)
        reading.notes += [(key, "unverified")] if mark.get("unverified") else []
    return contact.normal


_READERS: dict[str, Callable[[Field, Any, _Reading], Any]] = {
    "choice": _read_choice,
    "postal_code": _read_postal_code,
    "phone": _read_phone,
}


def _country(reading: _Reading) -> str | None:
    """Return the country that the lead names, in two letters."""
    texts = (reading.given.known.get(key) for key in reading.lead_type.keys_by_kind.get("country", ()))
    return next((text.strip().upper() for text in texts if isinstance(text, str) and text.strip()), None)


def _holds_nothing(reading: _Reading) -> bool:
    """Return True if no required field has a value, and no other error says why."""
    if any(entry.required and entry.key in reading.fields for entry in reading.lead_type.fields):
        return False
    return all(error.code == "required" for error in reading.given.errors)


def _evidence(reading: _Reading) -> dict[str, Any]:
    evidence = reading.given.evidence
    if reading.given.unread:
        evidence[UNREAD] = sorted(reading.given.unread)
    if reading.marks:
        evidence[PHONES] = reading.marks
    return evidence


def _notes(reading: _Reading, *, is_left_out: bool) -> tuple[Note, ...]:
    unread = [(name, UNREAD) for name in sorted(reading.given.unread)]
    return (*reading.notes, *unread, *((NOT_INDEXED,) if is_left_out else ()))


def _comparable(value: Any) -> str:
    texts = sorted(map(str, value)) if isinstance(value, list) else [str(value)]
    return "\x1f".join(unicodedata.normalize("NFKC", text).strip().casefold() for text in texts)
