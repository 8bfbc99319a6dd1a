"""Reading what a source posted into a lead type's fields (INT-6, INT-7)."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.organisation.domain import field_types
from chalicelib.organisation.domain.aliases import canonical, meaning_of
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
    """What was read: values by field, extras, evidence, contacts as (kind, field, normal form), every error."""

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
    """Read a posted object; nothing is raised, every bad field is in `errors` at once (INT-7).

    Several values given as one text are split at the campaign's delimiter (CAM-24).
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
    """Return every contact of a person as kind, field and normal form: the fields', and the extras' (INT-1).

    An extra is one if its name is another word for a phone or e-mail field and its value reads as one; a field's
    value is in normal form already. What stands in a retired field counts.
    """
    found = [
        (entry.kind, entry.key, normal)
        for entry in lead_type.fields
        if entry.kind in CONTACT_KINDS and entry.key in fields
        for normal in _each(fields[entry.key])
    ]
    if extras:
        found += _contacts_in_extras(extras, lead_type, region)
    return tuple(found)


def contact_words(lead_type: LeadType) -> dict[str, str]:
    """Return the kinds of the lead type's contact fields by the well-known names that their words mean (INT-1)."""
    return {canonical(entry.key): entry.kind for entry in lead_type.fields if entry.kind in CONTACT_KINDS}


def too_many_contacts() -> FieldError:
    """Return the error of a person with more contacts than a lead may have (INT-6)."""
    return FieldError("contacts", "too_many", f"At most {MAX_CONTACTS} contacts a lead.")


def duplicate_values(parsed: ParsedSubmission, lead_type: LeadType) -> dict[str, tuple[str, ...]]:
    """Return the comparable values of each duplicate set whose fields are all given (CAM-4)."""
    found = {}
    for name, keys in lead_type.duplicate_sets.items():
        if all(key in parsed.fields for key in keys):
            found[name] = tuple(_comparable(parsed.fields[key]) for key in keys)
    return found


def _contacts_in_extras(
    extras: Mapping[str, Any], lead_type: LeadType, region: str
) -> Iterator[ContactField]:
    words = contact_words(lead_type)
    for name, value in extras.items():
        kind = words.get(canonical(name), "")
        for one in _each(value) if kind else ():
            with suppress(field_types.UnreadableValue):
                yield kind, name, field_types.read(kind, one, region)


def _sort_values(
    values: Mapping[str, Any], lead_type: LeadType, delimiter: str | None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[FieldError]]:
    """Part what was given into fields, evidence and extras; blanks say nothing, and no second word is lost (INT-1)."""
    own = {entry.key: entry for entry in lead_type.fields if not entry.retired}
    known: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    errors = _size_errors(values)
    said = {given: value for given, value in values.items() if not is_blank(value)}
    others = [given for given in said if not _take_value(given, said[given], own, known, evidence, errors)]
    for given in others:
        key, value = meaning_of(given, said[given])
        if not _take_value(key, value, own, known, evidence, errors):
            extras[given] = _given_value(own[key], said[given], delimiter) if key in own else said[given]
    if len(extras) > MAX_EXTRAS:
        errors.append(FieldError("fields", "too_many", f"At most {MAX_EXTRAS} unknown fields."))
    return known, evidence, extras, errors


def _take_value(
    key: str,
    value: Any,
    own: Mapping[str, Field],
    known: dict[str, Any],
    evidence: dict[str, Any],
    errors: list[FieldError],
) -> bool:
    """Let a field or a reserved key that is still open have a value, and tell whether it took it."""
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
        errors.append(FieldError("fields", "too_many", f"At most {MAX_FIELDS} fields."))
    for position, (key, value) in enumerate(values.items()):
        if (
            len(key) > MAX_CHARACTERS
            or len(value if isinstance(value, str) else json.dumps(value)) > MAX_CHARACTERS
        ):
            name = key if _looks_like_a_name(key) else f"field {position + 1}"
            errors.append(FieldError(name, "too_long", f"At most {MAX_CHARACTERS} characters a value."))
    return errors


def _looks_like_a_name(key: str) -> bool:
    """Tell whether an error may name the key: one that does not look like a field's may be a value."""
    return len(key) <= 64 and key.isascii() and key.replace("_", "").replace("-", "").isalnum()


def _read_evidence(key: str, value: Any, evidence: dict[str, Any], errors: list[FieldError]) -> None:
    kind = field_types.EVIDENCE_KINDS.get(key, "text")
    try:
        evidence[key] = field_types.read(kind, value, "ZZ")
    except field_types.UnreadableValue as problem:
        errors.append(FieldError(key, problem.code, problem.message))


def _given_value(entry: Field, value: Any, delimiter: str | None) -> Any:
    """Return what was given for a field; for one that takes several, every value that says something (CAM-24)."""
    if not entry.multiple or is_blank(value):
        return value
    if isinstance(value, str) and delimiter:
        value = value.split(delimiter)
    several = value if isinstance(value, list) else [value]
    return [one for one in several if not is_blank(one)]


def _read_field(entry: Field, value: Any, region: str) -> Any:
    if not entry.multiple:
        return _read_one(entry, value, region)
    return [_read_one(entry, one, region) for one in value]


def _read_one(entry: Field, value: Any, region: str) -> Any:
    if entry.kind == "choice":
        return field_types.read_choice(value, entry.choices)
    return field_types.read(entry.kind, value, region)


def _each(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def is_blank(value: Any) -> bool:
    """Tell whether a value says nothing: absent, empty or white space."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _comparable(value: Any) -> str:
    texts = sorted(map(str, value)) if isinstance(value, list) else [str(value)]
    return "\x1f".join(unicodedata.normalize("NFKC", text).strip().casefold() for text in texts)
