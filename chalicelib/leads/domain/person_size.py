"""The text in which a person is stored, and how many bytes it may have (INT-7)."""

import json
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.leads.domain.leads import Person
from chalicelib.organisation.domain.found_contacts import as_stored

MAX_BYTES = 300_000
MAX_COMMENT_BYTES = 300_000


def text_of(person: Person) -> str:
    """Return the JSON of a person as it is stored: without escapes, so that a letter of any script has its own bytes.

    Half of a surrogate pair, which a provider's answer may hold, has no bytes: such a text is stored with escapes.
    """
    body = {
        "fields": person.fields,
        "extras": person.extras,
        "evidence": person.evidence,
        "refs": person.refs,
        "windows": person.windows,
        "other_refs": person.other_refs,
        "checked": person.checked,
        "decided": person.decided,
    }
    stored: dict[str, Any] = {name: value for name, value in body.items() if value}
    if person.found is not None:
        stored["found"] = as_stored(person.found)
    text = json.dumps(stored, separators=(",", ":"), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(stored, separators=(",", ":"))
    return text


def size_of(person: Person) -> int:
    """Return the bytes of a person as it is stored."""
    return len(text_of(person).encode())


def too_long(field: str = "person") -> FieldError:
    """Return the error of a person that is too large."""
    return FieldError(
        field, "too_long", f"All values of a person together can have at most {MAX_BYTES} bytes."
    )


def comment_too_long(field: str = "text") -> FieldError:
    """Return the error of a comment for which the lead has no room left."""
    return FieldError(
        field, "too_long", f"All comments of a lead together can have at most {MAX_COMMENT_BYTES} bytes."
    )
