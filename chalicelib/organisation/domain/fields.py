"""The parser of posted values into the fields of a lead type (INT-6, INT-7)."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.organisation.domain import field_types
from chalicelib.organisation.domain.aliases import canonical_key, meaning_of
from chalicelib.organisation.domain.configuration import Field, LeadType

MAX_FIELDS = 100
MAX_EXTRAS = 50
MAX_CHARACTERS = 10_000
MAX_CONTACTS = 10
SUB_IDS = ("sub_id", "sub_id2", "sub_id3", "sub_id4", "sub_id5")
EVIDENCE = (
    "external_id", *SUB_IDS, "tcpa_consent", "tcpa_text", "tcpa_consent_at", "trustedform_cert_url",
    "jornaya_lead_id", "ip_address", "user_agent", "landing_page_url",
)  # fmt: skip
RESERVED = frozenset({*EVIDENCE, "test"})
CONTACT_KINDS = ("phone", "email")
ContactField = tuple[str, str, str]


@dataclass(frozen=True)
class ParsedSubmission:
    """The parsed values: by field, extras, evidence, contacts as (kind, field, normal form), and all errors."""

    fields: dict[str, Any]
    extras: dict[str, Any]
    evidence: dict[str, Any]
    contacts: tuple[ContactField, ...]
    errors: tuple[FieldError, ...]
    test: bool = False

    @property
    def external_id(self) -> str | None:
        """Return the source's own id of the lead, if it sent one (INT-9)."""
        return self.evidence.get("external_id")


def parse_submission(
    values: Mapping[str, Any], lead_type: LeadType, region: str, delimiter: str | None = None
) -> ParsedSubmission:
    """Return the parsed values of a posted object, with all bad fields in `errors`. Nothing is raised (INT-7).

    A text with several values is split at the campaign's delimiter (CAM-24).
    """
    known, evidence, extras, errors = _sort_values(values, lead_type, delimiter)
    fields = {}
    for entry in lead_type.fields:
        if entry.retired:
            continue
        value = _given_value(entry, known.get(entry.key), delimiter)
        if is_blank(value):
            if entry.required:
                errors.append(FieldError(entry.key, "required", "This field is required."))
            continue
        try:
            fields[entry.key] = _read_field(entry, value, region)
        except field_types.UnreadableValue as problem:
            errors.append(FieldError(entry.key, problem.code, problem.message))
    contacts = contacts_of(fields, extras, lead_type, region)
    if len(contacts) > MAX_CONTACTS:
        errors.append(too_many_contacts())
    test = bool(evidence.pop("test", False))
    return ParsedSubmission(fields, extras, evidence, contacts, tuple(errors), test)


def contacts_of(
    fields: Mapping[str, Any], extras: Mapping[str, Any], lead_type: LeadType, region: str
) -> tuple[ContactField, ...]:
    """Return every contact of a person as kind, field and normal form, from the fields and the extras (INT-1).

    An extra is a contact if its name is an alias of a phone or e-mail field, and its value can be parsed. Values of
    fields are already in normal form. Retired fields count.
    """
    contacts = [
        (field.kind, field.key, normal)
        for field in lead_type.fields
        if field.kind in CONTACT_KINDS and field.key in fields
        for normal in _each(fields[field.key])
    ]
    if extras:
        contacts += _contacts_in_extras(extras, lead_type, region)
    return tuple(contacts)


def contact_words(lead_type: LeadType) -> dict[str, str]:
    """Return the kinds of the lead type's contact fields by their well-known names (INT-1)."""
    return {canonical_key(entry.key): entry.kind for entry in lead_type.fields if entry.kind in CONTACT_KINDS}


def too_many_contacts() -> FieldError:
    """Return the error of a lead with too many contacts (INT-6)."""
    return FieldError("contacts", "too_many", f"A lead can have at most {MAX_CONTACTS} contacts.")


def duplicate_values(parsed: ParsedSubmission, lead_type: LeadType) -> dict[str, tuple[str, ...]]:
    """Return the comparable values of each duplicate set whose fields all have a value (CAM-4)."""
    values_by_set = {}
    for name, keys in lead_type.duplicate_sets.items():
        if all(key in parsed.fields for key in keys):
            values_by_set[name] = tuple(_comparable(parsed.fields[key]) for key in keys)
    return values_by_set


def _contacts_in_extras(
    extras: Mapping[str, Any], lead_type: LeadType, region: str
) -> Iterator[ContactField]:
    words = contact_words(lead_type)
    for name, value in extras.items():
        kind = words.get(canonical_key(name), "")
        for text in _each(value) if kind else ():
            with suppress(field_types.UnreadableValue):
                yield kind, name, field_types.read_value(kind, text, region)


def _sort_values(
    values: Mapping[str, Any], lead_type: LeadType, delimiter: str | None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[FieldError]]:
    """Return fields, evidence, extras and errors. Blanks are ignored, and no second name's value is lost (INT-1)."""
    own = {entry.key: entry for entry in lead_type.fields if not entry.retired}
    known: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    errors = _size_errors(values)
    given = {name: value for name, value in values.items() if not is_blank(value)}
    others = [name for name in given if not _store_value(name, given[name], own, known, evidence, errors)]
    for name in others:
        key, value = meaning_of(name, given[name])
        if not _store_value(key, value, own, known, evidence, errors):
            extras[name] = _given_value(own[key], given[name], delimiter) if key in own else given[name]
    if len(extras) > MAX_EXTRAS:
        errors.append(
            FieldError("fields", "too_many", f"A lead can have at most {MAX_EXTRAS} unknown fields.")
        )
    return known, evidence, extras, errors


def _store_value(
    key: str,
    value: Any,
    own: Mapping[str, Field],
    known: dict[str, Any],
    evidence: dict[str, Any],
    errors: list[FieldError],
) -> bool:
    """Store a value if it belongs to a field or reserved key without one; return True if it was stored."""
    if key in own and key not in known:
        known[key] = value
    elif key in RESERVED and key not in evidence:
        _read_evidence(key, value, evidence, errors)
    else:
        return False
    return True


def _size_errors(values: Mapping[str, Any]) -> list[FieldError]:
    errors = []
    if len(values) > MAX_FIELDS:
        errors.append(FieldError("fields", "too_many", f"A lead can have at most {MAX_FIELDS} fields."))
    for position, (key, value) in enumerate(values.items()):
        if (
            len(key) > MAX_CHARACTERS
            or len(value if isinstance(value, str) else json.dumps(value)) > MAX_CHARACTERS
        ):
            name = key if _looks_like_a_name(key) else f"field {position + 1}"
            errors.append(
                FieldError(name, "too_long", f"A value can have at most {MAX_CHARACTERS} characters.")
            )
    return errors


def _looks_like_a_name(key: str) -> bool:
    """Return True if an error may name the key. A key that does not look like a name may be a value."""
    return len(key) <= 64 and key.isascii() and key.replace("_", "").replace("-", "").isalnum()


def _read_evidence(key: str, value: Any, evidence: dict[str, Any], errors: list[FieldError]) -> None:
    kind = field_types.EVIDENCE_KINDS.get(key, "text")
    try:
        evidence[key] = field_types.read_value(kind, value, "ZZ")
    except field_types.UnreadableValue as problem:
        errors.append(FieldError(key, problem.code, problem.message))


def _given_value(entry: Field, value: Any, delimiter: str | None) -> Any:
    """Return the value of a field; for a field with several values, those that are not blank (CAM-24)."""
    if not entry.multiple or is_blank(value):
        return value
    if isinstance(value, str) and delimiter:
        value = value.split(delimiter)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if not is_blank(item)]


def _read_field(entry: Field, value: Any, region: str) -> Any:
    if not entry.multiple:
        return _read_one(entry, value, region)
    return [_read_one(entry, item, region) for item in value]


def _read_one(entry: Field, value: Any, region: str) -> Any:
    if entry.kind == "choice":
        return field_types.read_choice(value, entry.choices)
    return field_types.read_value(entry.kind, value, region)


def _each(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def is_blank(value: Any) -> bool:
    """Return True for an absent or empty value, or white space."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _comparable(value: Any) -> str:
    texts = sorted(map(str, value)) if isinstance(value, list) else [str(value)]
    return "\x1f".join(unicodedata.normalize("NFKC", text).strip().casefold() for text in texts)
