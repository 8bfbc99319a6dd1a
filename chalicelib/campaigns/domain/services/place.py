"""The address of a lead, from fields with various names (CAM-13)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.quick_dataclass import dataclass

_USUAL = {
    "street": ("street", "address", "street_address", "address_line_1", "address_line1", "address_1", "address1"),
    "street2": ("street2", "address_line_2", "address_line2", "address_2", "address2", "unit", "apartment"),
    "city": ("city", "town"),
    "state": ("state", "province", "state_code"),
    "postal_code": ("postal_code",),
    "country": ("country", "country_code"),
}  # fmt: skip


@dataclass(frozen=True)
class PostalPlace:
    """The parts of an address as the lead gave them; `country` is the project's region if the lead gave none."""

    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


def place_of(values: Mapping[str, Any], options: Mapping[str, str], region: str) -> PostalPlace:
    """Return the lead's address, from the fields that the options name, else from fields with usual names."""
    parts = {part: _value(values, part_keys(part, options)) for part in _USUAL}
    return PostalPlace(**{**parts, "country": (parts["country"] or region).upper()})


def _value(values: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((values[key].strip() for key in keys if isinstance(values.get(key), str)), "")


def part_keys(part: str, options: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields that may hold a part of the address: the one that the options name, else the usual ones."""
    return _USUAL[part] if part not in options else (options[part],)
