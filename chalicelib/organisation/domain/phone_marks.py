"""The marks of phone numbers, kept with the person: extension, `unverified` and `assigned` (INT-7)."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

from chalicelib.core.contact_reader import Contact
from chalicelib.core.phone_numbers import is_assigned, is_valid


class PhoneMark(TypedDict):
    """What is known of the number of a field besides its digits; a key without a meaning is left out."""

    field: str
    number: str
    extension: NotRequired[str]
    unverified: NotRequired[bool]
    assigned: NotRequired[bool]


def mark_of(field: str, contact: Contact) -> PhoneMark | None:
    """Return the mark of a field's number, or None for a valid number without an extension.

    A number is `unverified` if it is possible and not valid; `assigned` if our list has its North American area code.
    """
    is_verified = is_valid(contact.normal)
    if is_verified and not contact.extension:
        return None
    mark: PhoneMark = {"field": field, "number": contact.normal}
    if contact.extension:
        mark["extension"] = contact.extension
    if not is_verified:
        mark["unverified"] = True
        if is_assigned(contact.normal):
            mark["assigned"] = True
    return mark


def kept_marks(marks: Iterable[PhoneMark], fields: Mapping[str, Any]) -> list[PhoneMark]:
    """Return the marks whose number is still a value of its field, each once."""
    kept: list[PhoneMark] = []
    for mark in marks:
        value = fields.get(mark["field"])
        if mark["number"] in (value if isinstance(value, list) else [value]) and mark not in kept:
            kept.append(mark)
    return kept


def numbers_with_extensions(field: str, value: Any, marks: Iterable[PhoneMark]) -> list[str]:
    """Return the numbers of a field for comparison: a number with an extension is another one (CAM-4)."""
    own = [mark for mark in marks if mark["field"] == field]
    texts = []
    for number in value if isinstance(value, list) else [value]:
        extensions = [mark["extension"] for mark in own if mark["number"] == number and mark.get("extension")]
        texts += [f"{number};ext={extension}" for extension in extensions] or [str(number)]
    return sorted(set(texts))
