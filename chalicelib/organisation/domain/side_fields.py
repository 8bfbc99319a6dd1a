"""The side fields of a lead: consent, certificates, request data, test mark. They never cost the lead (SRC-5)."""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.core.times import parse_instant
from chalicelib.core.words import is_test_text, yes_or_no
from chalicelib.organisation.domain import field_types

UNREAD = "unread"
PHONES = "phones"
_CLOCK_S = 300  # by which a source's clock may be ahead of ours
_WITH_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?")


def read_side_field(key: str, value: Any, now: int | None) -> tuple[Any, bool]:
    """Return the value of a side field, and whether it could be read; an unread one is kept as it was said.

    Raise `field_types.UnreadableValue` for `external_id` alone, because it is a key. `now` is the time of receipt: a
    time of consent after it is no evidence.
    """
    if key == "external_id":
        return field_types.read_value("text", value, "ZZ"), True
    try:
        return _read(field_types.EVIDENCE_KINDS.get(key, "text"), value, now), True
    except field_types.UnreadableValue:
        return value, False


def readable(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return the side fields that were read, for criteria and services."""
    unread = {UNREAD, PHONES, *evidence.get(UNREAD, ())}
    return {key: value for key, value in evidence.items() if key not in unread}


def is_test_lead(values: Mapping[str, Any]) -> bool:
    """Return True if a value anywhere is a platform's dummy text for tests (SRC-7)."""
    return any(map(_holds_test_text, values.values()))


def _holds_test_text(value: Any) -> bool:
    if isinstance(value, str):
        return is_test_text(value)
    if isinstance(value, dict):
        return any(map(_holds_test_text, value.values()))
    return isinstance(value, list) and any(map(_holds_test_text, value))


def _read(kind: str, value: Any, now: int | None) -> Any:
    if kind == "boolean" and isinstance(value, str):
        meaning = yes_or_no(value)
        if meaning is not None:
            return meaning
    if kind == "ip" and isinstance(value, str):
        return field_types.read_value(kind, _first_address(value), "ZZ")
    if kind == "instant":
        return _past_instant(value, now)
    return field_types.read_value(kind, value, "ZZ")


def _first_address(text: str) -> str:
    """Return the first address of a list, which is the person's, without its port."""
    first = text.split(",", maxsplit=1)[0].strip()
    match = _WITH_PORT.fullmatch(first)
    return (match[1] or match[2]) if match else first


def _past_instant(value: Any, now: int | None) -> str:
    text = str(field_types.read_value("instant", value, "ZZ"))
    if now is not None and parse_instant(text) > now + _CLOCK_S:
        raise field_types.UnreadableValue("instant", "Must not be in the future.")
    return text
