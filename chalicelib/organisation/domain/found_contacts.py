"""The contacts that are found in extras and text fields, read once when they come in, and kept with the person (SRC-3).

Values of phone and e-mail fields are stored in normal form. Other text is stored as it was sent, so its meaning depends
on the region of that day and on the form it came in. What was read then is kept, and not read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.extras import contacts_in, may_hold_contact

MAX_CONTACTS = 10
ContactField = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A contact: its kind, the extra or text field that has it, and its normal form.

    `under_word` says that a contact word names it; `in_extras`, that the value is an extra.
    """

    kind: str
    field: str
    normal: str
    under_word: bool = True
    in_extras: bool = True

    @property
    def place(self) -> tuple[bool, str]:
        """Return where the value is: whether among the extras, and under which name."""
        return self.in_extras, self.field


Found = tuple[FoundContact, ...]


def read_found(
    texts: Mapping[str, Any],
    extras: Mapping[str, Any],
    region: str,
    *,
    form: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> list[FoundContact]:
    """Return every contact of text fields and of extras, each once a place, with values as they were sent.

    `beside` are the other values of the lead: one of them may be the country code of a number.
    """
    found: dict[FoundContact, None] = {}
    others = {**(beside or {}), **texts, **extras}
    for values, in_extras in ((texts, False), (extras, True)):
        if values:
            for one in contacts_in(values, region, form=form, beside=others):
                contact = one.contact
                found[FoundContact(contact.kind, one.name, contact.normal, one.under_word, in_extras)] = None
    return list(found)


def noted(found: Found, texts: Mapping[str, Any], extras: Mapping[str, Any]) -> Found | None:
    """Return found contacts as they are kept with the person; None if the values have none, however they are read.

    An empty value is kept where another region or form could find one.
    """
    return found if found or may_hold_contact(texts) or may_hold_contact(extras) else None


def named_contacts(
    fields: Mapping[str, Any], found: Sequence[FoundContact], lead_type: LeadType
) -> list[ContactField]:
    """Return the contacts of phone and e-mail fields, retired ones too, and those under contact words, each once."""
    own = [
        (entry.kind, entry.key, normal)
        for entry in lead_type.contact_fields
        if entry.key in fields
        for normal in _each(fields[entry.key])
    ]
    return _once([*own, *(_contact_field(one) for one in found if one.under_word)] if found else own)


def all_contacts(
    fields: Mapping[str, Any], found: Sequence[FoundContact], lead_type: LeadType
) -> tuple[ContactField, ...]:
    """Return every contact of a person as kind, field and normal form, each once: named ones first."""
    named = named_contacts(fields, found, lead_type)
    if not found:
        return tuple(named)
    others = sorted(_contact_field(one) for one in found if not one.under_word)
    return tuple(_once([*named, *others])) if others else tuple(named)


def with_room(
    fields: Mapping[str, Any], kept: Sequence[FoundContact], new: Sequence[FoundContact], lead_type: LeadType
) -> Found:
    """Return those found contacts that are indexed: the kept ones, new ones under contact words, and others up to ten.

    What is indexed stays indexed. Others take the room that is left of ten contacts in all (SRC-3).
    """
    if not new:
        return tuple(kept)
    chosen = [*kept, *(one for one in new if one.under_word)]
    contacts = {(kind, normal) for kind, _, normal in all_contacts(fields, chosen, lead_type)}
    for one in sorted((one for one in new if not one.under_word), key=_contact_field):
        if (one.kind, one.normal) in contacts or len(contacts) < MAX_CONTACTS:
            contacts.add((one.kind, one.normal))
            chosen.append(one)
    return tuple(dict.fromkeys(chosen))


def too_many_contacts() -> FieldError:
    """Return the error of a lead with too many contacts (INT-6)."""
    return FieldError("contacts", "too_many_contacts", f"A lead can have at most {MAX_CONTACTS} contacts.")


def as_stored(found: Iterable[FoundContact]) -> list[dict[str, Any]]:
    """Return found contacts as they are stored with the person; what is usual is left out."""
    return [
        {
            "kind": one.kind,
            "field": one.field,
            "contact": one.normal,
            **({} if one.under_word else {"other": True}),
            **({} if one.in_extras else {"text": True}),
        }
        for one in found
    ]


def from_stored(stored: Iterable[Mapping[str, Any]]) -> Found:
    """Return found contacts from their stored form."""
    return tuple(
        FoundContact(
            one["kind"], one["field"], one["contact"], not one.get("other", False), not one.get("text", False)
        )
        for one in stored
    )


def _contact_field(one: FoundContact) -> ContactField:
    return one.kind, one.field, one.normal


def _once(contacts: list[ContactField]) -> list[ContactField]:
    first: dict[tuple[str, str], ContactField] = {}
    for contact in contacts:
        first.setdefault((contact[0], contact[2]), contact)
    return list(first.values())


def _each(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
