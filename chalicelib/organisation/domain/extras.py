"""The contacts in unknown fields: nothing personal is invisible, and no figure becomes a person (SRC-3)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.core.contact_reader import Contact, named_address, phone_in_text, read_email, read_phone
from chalicelib.core.phone_countries import PhoneRegions, region_in_pair
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.words import contact_kind, is_carrier, is_label

_SEVERAL = re.compile(r"[,;|\n]|\s/\s|\s(?:or|and|und|oder)\s", re.IGNORECASE)
_DIGITS = re.compile(r"\d")
_LEAST_DIGITS = 7
_LONGEST_ADDRESS = 400


@dataclass(frozen=True, slots=True)
class ExtraContact:
    """A contact in an unknown field: the field's name, the contact, and whether a contact word names it."""

    name: str
    contact: Contact
    under_word: bool


def contacts_in(
    extras: Mapping[str, Any], region: str, *, form: bool = False, beside: Mapping[str, Any] | None = None
) -> Iterator[ExtraContact]:
    """Yield each contact in the leaves of unknown fields, however deep.

    Under a contact word, text and whole numbers are read as in a field. Under any other name only a text is a contact
    that is one e-mail address, or a valid number that is written as a phone. A country code beside a number
    is that of the number; `beside` are further values of the lead, which may be such codes.
    """
    regions = PhoneRegions({**beside, **extras} if beside else extras, region)
    for name, value in extras.items():
        for key, leaf, country in _leaves(name, value, regions.of(name)):
            word = contact_kind(key)
            found = _under_word(word, leaf, country, form) if word else _elsewhere(leaf, country)
            for contact in found:
                yield ExtraContact(name, contact, word == contact.kind)


def may_hold_contact(extras: Mapping[str, Any]) -> bool:
    """Return True if a leaf has the digits of a number in some region: any under a contact word, otherwise seven."""
    for name, value in extras.items():
        for key, leaf, _ in _leaves(name, value, "ZZ"):
            if isinstance(leaf, str | int) and not isinstance(leaf, bool):
                digits = len(_DIGITS.findall(str(leaf)))
                if digits >= _LEAST_DIGITS or (digits and contact_kind(key) == "phone"):
                    return True
    return False


def _leaves(key: str, value: Any, region: str) -> Iterator[tuple[str, Any, str]]:
    """Yield every leaf with the key that names it, and its region.

    A label such as `column_id` names the values beside it, and a country code says whose numbers they are.
    """
    if isinstance(value, list):
        for item in value:
            yield from _leaves(key, item, region)
    elif isinstance(value, dict):
        label, regions = _label_in(value), PhoneRegions(value, region)
        pair = contact_kind(label or key) == "phone"
        for name, child in value.items():
            if is_label(name) and not isinstance(child, dict | list):
                yield f"{key}.{name}", child, region
            elif is_carrier(name):
                yield from _leaves(
                    label or key, child, region_in_pair(value, region) if pair else regions.of(name)
                )
            else:
                yield from _leaves(f"{key}.{name}", child, regions.of(name))
    else:
        yield key, value, region


def _label_in(pair: Mapping[str, Any]) -> str | None:
    labels = (value for name, value in pair.items() if is_label(name) and isinstance(value, str))
    return next((label for label in labels if contact_kind(label)), None)


def _under_word(word: str, leaf: Any, region: str, form: bool) -> Iterator[Contact]:
    if isinstance(leaf, bool) or not isinstance(leaf, str | int):
        return
    text = str(leaf)
    whole = list(_read_as(word, text, region, form))
    parts = [] if whole or len(text) > _LONGEST_ADDRESS else _SEVERAL.split(text)
    read = [contact for part in parts for contact in _read_as(word, part, region, form)]
    yield from whole or (read if len(parts) > 1 and len(read) == len(parts) else ())


def _read_as(word: str, text: str, region: str, form: bool) -> Iterator[Contact]:
    if word == "phone" and "@" not in text:
        found = read_phone(text, region, form=form)
        if isinstance(found, Contact):
            yield found
    elif (named := named_address(text)) is not None:
        yield named
    else:
        yield from _elsewhere(text, region)


def _elsewhere(leaf: Any, region: str) -> Iterator[Contact]:
    if not isinstance(leaf, str) or len(leaf) > _LONGEST_ADDRESS:
        return
    if "@" in leaf or "\uff20" in leaf:
        found = read_email(leaf)
        if isinstance(found, Contact):
            yield found
    elif len(_DIGITS.findall(leaf)) >= _LEAST_DIGITS and (phone := phone_in_text(leaf, region)):
        yield phone
