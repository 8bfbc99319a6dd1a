"""A refused post, as its campaign's managers see it for a day: no value of the lead, and known words only (INT-18)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from chalicelib.core.access import Actor
from chalicelib.core.errors import FieldError
from chalicelib.core.plain_text import fold
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.words import cached_words
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.sorted_values import MAX_FIELDS, RESERVED

ANYONE, UNKNOWN = "anyone", "unknown"
HIDDEN = "*"


@dataclass(frozen=True)
class RefusedField:
    """A bad field of a post and the code of what is wrong. A name that is no known word is `*`."""

    field: str
    code: str


@dataclass(frozen=True)
class Attempt:
    """A refused post: when, by which source, why, with which known fields, and how many others."""

    at: int
    request_id: str
    source: str
    reason: str
    fields: tuple[str, ...] = ()
    other_fields: int = 0
    errors: tuple[RefusedField, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the attempt as it is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Attempt":
        """Return a stored attempt."""
        errors = tuple(RefusedField(**each) for each in stored["errors"])
        return cls(**{**stored, "fields": tuple(stored["fields"]), "errors": errors})


def source_of(actor: Actor | None, *, sent_credential: bool) -> str:
    """Return who posted: kind and id, `anyone` without a credential, `unknown` with one that is not valid."""
    if actor is None:
        return UNKNOWN if sent_credential else ANYONE
    return f"{actor.kind}/{actor.id}"


def attempt_of(
    source: str,
    reason: str,
    values: Mapping[str, Any],
    errors: Iterable[FieldError],
    lead_type: LeadType,
    request_id: str,
    now: int,
) -> Attempt:
    """Return the attempt of a refused post. A name that is no known word may be a value, so it is only counted."""
    words = known_words(lead_type)
    known = [words[fold(name)] for name in values if fold(name) in words]
    refused = (RefusedField(words.get(fold(each.field), HIDDEN), each.code) for each in errors)
    return Attempt(
        now,
        request_id,
        source,
        reason,
        tuple(dict.fromkeys(known))[:MAX_FIELDS],
        len(values) - len(known),
        tuple(refused)[:MAX_FIELDS],
    )


def known_words(lead_type: LeadType) -> dict[str, str]:
    """Return the names that are no personal data, by folded form: of the lead type, and well-known ones (INT-1)."""
    names = (*RESERVED, *(field.key for field in lead_type.fields))
    return {**cached_words().fields, **{fold(name): name for name in names}}
