"""Sorts posted values into the fields of a lead type, side fields and extras, by their names (INT-1, INT-6)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.contact_reader import read_contact
from chalicelib.core.errors import FieldError
from chalicelib.core.plain_text import fold, shown
from chalicelib.core.words import canonical_key, is_test_pair
from chalicelib.organisation.domain import field_types
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.side_fields import read_side_field

MAX_FIELDS = 100
MAX_EXTRAS = 50
MAX_CHARACTERS = 10_000
SUB_IDS = ("sub_id", "sub_id2", "sub_id3", "sub_id4", "sub_id5")
EVIDENCE = (
    "external_id", *SUB_IDS, "tcpa_consent", "tcpa_text", "tcpa_consent_at", "trustedform_cert_url",
    "jornaya_lead_id", "ip_address", "user_agent", "landing_page_url",
)  # fmt: skip
RESERVED = frozenset({*EVIDENCE, "test"})


@dataclass(slots=True)
class SortedValues:
    """The values by their place, the names that filled fields, the side fields that could not be read, and errors."""

    known: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    errors: list[FieldError] = field(default_factory=list)


def sort_values(
    values: Mapping[str, Any], lead_type: LeadType, region: str, delimiter: str | None, now: int | None
) -> SortedValues:
    """Return the values by their place. Blanks are ignored, and no second name's value is lost (INT-1).

    A field's own key fills it first, then the key in another writing, then its well-known other names. Of several other
    names of a phone or e-mail field, the first that reads as a contact fills it.
    """
    own = lead_type.fields_in_use
    found = SortedValues(errors=_size_errors(values))
    others = [
        name
        for name, value in values.items()
        if not is_blank(value) and not _store(name, value, own, found, now)
    ]
    if others:
        _sort_others(others, values, own, found, region, delimiter, now)
    return found


def _sort_others(
    others: list[str],
    values: Mapping[str, Any],
    own: Mapping[str, Field],
    found: SortedValues,
    region: str,
    delimiter: str | None,
    now: int | None,
) -> None:
    """Sort the values whose names are no key of a field, nor a reserved one."""
    keys = _keys_of(others, own)
    for name in _readable_first(others, keys, values, own, region):
        value: Any = values[name]
        key = keys[name]
        if isinstance(value, str) and is_test_pair(name, value):
            key, value = "test", True
        if not _store(key, value, own, found, now):
            found.extras[name] = given_value(own[key], value, delimiter) if key in own else values[name]
        elif key in own:
            found.names[key] = name
    if len(found.extras) > MAX_EXTRAS:
        found.errors.append(
            FieldError("fields", "too_many", f"A lead can have at most {MAX_EXTRAS} unknown fields.")
        )


def _keys_of(names: list[str], own: Mapping[str, Field]) -> dict[str, str]:
    """Return the key that each name means: a field's own in another writing, or a well-known one."""
    folded = {fold(key): key for key in reversed(list(own))}
    return {name: folded.get(fold(name)) or canonical_key(name) for name in names}


def _readable_first(
    names: list[str], keys: Mapping[str, str], given: Mapping[str, Any], own: Mapping[str, Field], region: str
) -> list[str]:
    """Return the names in order, but those of a contact field that read as no contact last."""
    wanted = [
        keys[name] for name in names if keys[name] in own and own[keys[name]].kind in ("phone", "email")
    ]
    if len(wanted) == len(set(wanted)):
        return names

    def is_unreadable(name: str) -> bool:
        value = given[name]
        text = str(value) if isinstance(value, str | int) else ""
        return keys[name] in wanted and bool(text) and isinstance(read_contact(text, region), str)

    return sorted(names, key=is_unreadable)


def given_value(entry: Field, value: Any, delimiter: str | None) -> Any:
    """Return the value of a field that is not blank; for a field with several, those that are not (CAM-24)."""
    if not entry.multiple:
        return value
    if isinstance(value, str) and delimiter:
        value = value.split(delimiter)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if not is_blank(item)]


def is_blank(value: Any) -> bool:
    """Return True for an absent or empty value, or for text that shows nothing."""
    return not shown(value).strip() if isinstance(value, str) else value is None or value == []


def _store(key: str, value: Any, own: Mapping[str, Field], found: SortedValues, now: int | None) -> bool:
    """Store a value if it belongs to a field or reserved key without one; return True if it was stored."""
    if key in own and key not in found.known:
        found.known[key] = value
    elif key in RESERVED and key not in found.evidence:
        try:
            found.evidence[key], read = read_side_field(key, value, now)
        except field_types.UnreadableValue as problem:
            found.errors.append(FieldError(key, problem.code, problem.message))
            return True
        found.unread.update(() if read else (key,))
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
            or len(value if isinstance(value, str) else _as_sent(value)) > MAX_CHARACTERS
        ):
            name = key if _looks_like_a_name(key) else f"field {position + 1}"
            errors.append(
                FieldError(name, "too_long", f"A value can have at most {MAX_CHARACTERS} characters.")
            )
    return errors


def _as_sent(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


def _looks_like_a_name(key: str) -> bool:
    """Return True if an error may name the key. A key that does not look like a name may be a value."""
    return len(key) <= 64 and key.isascii() and key.replace("_", "").replace("-", "").isalnum()
