"""Reading what a source posted into a lead type's fields (INT-6, INT-7)."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain import kinds
from chalicelib.domain.aliases import canonical
from chalicelib.domain.errors import FieldError
from chalicelib.domain.setup import Field, LeadType

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


@dataclass(frozen=True)
class Reading:
    """What was read: values by field, extras, evidence, contacts as (kind, field, normal form), every error."""

    fields: dict[str, Any]
    extras: dict[str, Any]
    evidence: dict[str, Any]
    contacts: tuple[tuple[str, str, str], ...]
    errors: tuple[FieldError, ...]
    test: bool = False

    @property
    def external_id(self) -> str | None:
        """Return the source's own id of the lead, if it sent one (INT-9)."""
        return self.evidence.get("external_id")


def read_submission(
    values: Mapping[str, Any], lead_type: LeadType, region: str, delimiter: str | None = None
) -> Reading:
    """Read a posted object; nothing is raised, every bad field is in `errors` at once (INT-7).

    Several values given as one text are split at the campaign's delimiter (CAM-24).
    """
    known, evidence, extras, errors = _sorted_out(values, lead_type)
    fields, contacts = {}, []
    for entry in lead_type.fields:
        if entry.retired:
            continue
        value = _given(entry, known.get(entry.key), delimiter)
        if is_blank(value):
            if entry.required:
                errors.append(FieldError(entry.key, "required", "This field is required."))
            continue
        try:
            fields[entry.key] = _read_field(entry, value, region)
        except kinds.NotReadable as problem:
            errors.append(FieldError(entry.key, problem.code, problem.message))
            continue
        if entry.kind in ("phone", "email"):
            contacts += [(entry.kind, entry.key, normal) for normal in _each(fields[entry.key])]
    if len(contacts) > MAX_CONTACTS:
        errors.append(FieldError("contacts", "too_many", f"At most {MAX_CONTACTS} contacts a lead."))
    test = bool(evidence.pop("test", False))
    return Reading(fields, extras, evidence, tuple(contacts), tuple(errors), test)


def duplicate_values(reading: Reading, lead_type: LeadType) -> dict[str, tuple[str, ...]]:
    """Return the comparable values of each duplicate set whose fields are all given (CAM-4)."""
    found = {}
    for name, keys in lead_type.duplicate_sets.items():
        if all(key in reading.fields for key in keys):
            found[name] = tuple(_comparable(reading.fields[key]) for key in keys)
    return found


def _sorted_out(
    values: Mapping[str, Any], lead_type: LeadType
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[FieldError]]:
    own = {entry.key for entry in lead_type.fields if not entry.retired}
    known: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    errors = _size_errors(values)
    for given, value in values.items():
        key = _meant(given, own, values)
        if key in own:
            known[key] = value
        elif key in RESERVED:
            _read_evidence(key, value, evidence, errors)
        elif not is_blank(value):
            extras[given] = value
    if len(extras) > MAX_EXTRAS:
        errors.append(FieldError("fields", "too_many", f"At most {MAX_EXTRAS} unknown fields."))
    return known, evidence, extras, errors


def _meant(given: str, own: set[str], values: Mapping[str, Any]) -> str:
    if given in own or given in RESERVED:
        return given
    key = canonical(given)
    return key if key not in values and (key in own or key in RESERVED) else given


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
    if is_blank(value):
        return
    kind = kinds.EVIDENCE_KINDS.get(key, "text")
    try:
        evidence[key] = kinds.read(kind, value, "ZZ")
    except kinds.NotReadable as problem:
        errors.append(FieldError(key, problem.code, problem.message))


def _given(entry: Field, value: Any, delimiter: str | None) -> Any:
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
        return kinds.read_choice(value, entry.choices)
    return kinds.read(entry.kind, value, region)


def _each(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def is_blank(value: Any) -> bool:
    """Tell whether a value says nothing: absent, empty or white space."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _comparable(value: Any) -> str:
    texts = sorted(map(str, value)) if isinstance(value, list) else [str(value)]
    return "\x1f".join(unicodedata.normalize("NFKC", text).strip().casefold() for text in texts)
