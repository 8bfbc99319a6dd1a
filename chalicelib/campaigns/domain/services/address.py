"""A US address in the standard form of the postal service (CAM-13; USPS Publication 28).

A standardised address is not verified. Offline it is unknown whether the address exists.
"""

import re
import unicodedata
from collections.abc import Callable

from chalicelib.campaigns.domain.services.place import PostalPlace
from chalicelib.campaigns.domain.services.postal_terms import DIRECTIONS, STATES, SUFFIXES, UNITS

WHY = ("unknown", "no_city", "no_state", "no_postal_code", "two_numbers")
COUNTRIES = frozenset("US PR GU VI AS MP".split())
LONGEST = 300
_FRACTION = re.compile(r"(?<=\d)(?=[¼½¾⅓⅔⅛⅜⅝⅞])")
_NO_LETTER = re.compile(r"[^A-Z0-9#&/'. -]+")
_INITIAL = re.compile(r"(?<![A-Z0-9])([A-Z])\.")
_STOP = re.compile(r"(?<!\d)\.|\.(?!\d)")
_NUMBER = re.compile(r"\d+(?:[.-]\d+)*")
_ZIP = re.compile(r"(\d{5})(?:[ -]?(\d{4}))?")
_ORDINAL = re.compile(r"(\d+)(?:ST|ND|RD|TH)")
_KINDS = ("Street Address", "PO Box")
_HOUSE = ("AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix")
_STREET = frozenset({
    "StreetNamePreModifier", "StreetNamePreDirectional", "StreetNamePreType", "StreetName", "StreetNamePostType",
    "StreetNamePostModifier", "StreetNamePostDirectional",
})  # fmt: skip
_BOX = ("USPSBoxGroupType", "USPSBoxGroupID", "USPSBoxType", "USPSBoxID")
_FIRST = frozenset({*_HOUSE, *_STREET, *_BOX})
_SECOND = ("BuildingName", "SubaddressType", "SubaddressIdentifier", "OccupancyType", "OccupancyIdentifier")
_AROUND = ("PlaceName", "StateName", "ZipCode")
_COUNTED = {
    "MILE",
    "MILES",
    "POINT",
    "POINTS",
    "CORNERS",
    "OAKS",
    "PINES",
    "HILLS",
    "SPRINGS",
    "FORKS",
    "NOTCH",
}
_BOX_GROUPS = {"RURAL ROUTE": "RR", "RFD": "RR", "HIGHWAY CONTRACT": "HC", "STAR ROUTE": "HC"}
_BOXES = {"POST OFFICE BOX": "PO BOX", "P O BOX": "PO BOX", "POBOX": "PO BOX", "PO": "PO BOX"}


def standardised(place: PostalPlace) -> dict[str, str] | None:
    """Return the parts of an address in standard form, or None if it cannot be parsed.

    None also if a word of the address would be lost, or if it has two street numbers, because a reader takes the
    standard form for the same address. The words of a street keep their order, and a number keeps its decimals.
    """
    found = read_address(place)
    return found if isinstance(found, dict) else None


def read_address(place: PostalPlace) -> dict[str, str] | str:
    """Return the parts of an address in standard form, or why it has none: one of WHY."""
    text = _plain(", ".join(part for part in (place.street, place.street2, place.city, _zone(place)) if part))
    parts = _parts(text) if text is not None and len(text) <= LONGEST else "unknown"
    if isinstance(parts, str):
        return "no_city" if parts == "unknown" and not place.city and "," not in place.street else parts
    city, state = parts.get("PlaceName"), STATES.get(parts.get("StateName", ""))
    code = _zip(place.postal_code or parts.get("ZipCode", ""))
    if not city or (place.state and not place.city and "StateName" not in parts):
        return "no_city"
    if not place.state and "StateName" not in parts:
        return "no_state"
    if not place.postal_code and code is None:
        return "no_postal_code"
    if _differs_in_city(parts, place) or state is None or code is None:
        return "unknown"
    lines = {"address_line_1": _line(parts, _first_names(parts)), "address_line_2": _line(parts, _SECOND)}
    return {
        **{key: line for key, line in lines.items() if line},
        "city": city,
        "state": state,
        "postal_code": code,
    }


def _first_names(parts: dict[str, str]) -> tuple[str, ...]:
    """Return the names of the first line's parts: number, the street as it was written, box."""
    return (*_HOUSE, *(name for name in parts if name in _STREET), *_BOX)


def _has_two_numbers(parts: dict[str, str]) -> bool:
    """Return True if the text may be two addresses: of two buildings, of a building and a box, or of two units."""
    if "AddressNumber" in parts and any(name in parts for name in _BOX):
        return True
    street = parts.get("StreetName", "").split()
    counted = len(street) == 2 and street[1] in _COUNTED
    return (
        (len(street) > 1 and not counted and any(map(_NUMBER.fullmatch, street)))
        or any(character.isdigit() for character in parts.get("PlaceName", ""))
        or any(_has_several(text) for name, text in parts.items() if name not in _AROUND)
    )


def _has_several(text: str) -> bool:
    return " " in text and "/" not in text and len(_NUMBER.findall(text)) > 1


def _differs_in_city(parts: dict[str, str], place: PostalPlace) -> bool:
    """Return True if the parser found another city or state than the lead gave."""
    fields = ((place.city, "PlaceName"), (place.state, "StateName"))
    return any(value and _plain(value) != parts.get(name) for value, name in fields)


def _zone(place: PostalPlace) -> str:
    return f"{place.state} {place.postal_code}".strip()


def _plain(text: str) -> str | None:
    """Return a text in Latin capitals, with full stops in decimals only; None if it has other characters."""
    spaced = _FRACTION.sub(" ", text)
    folded = unicodedata.normalize("NFKD", spaced).replace("\u2044", "/").replace("\u2019", "'").upper()
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    bare = _STOP.sub(" ", _INITIAL.sub(r"\1", bare))
    if not bare.isascii():
        return None
    pieces = (_NO_LETTER.sub(" ", piece) for piece in bare.split(","))
    return ", ".join(" ".join(piece.split()) for piece in pieces if piece.strip())


def _parts(text: str) -> dict[str, str] | str:
    """Return the meaning of each word of an address if it is one street address or one box, else why not."""
    import usaddress  # type: ignore[import-untyped]  # loads a model: import it only for campaigns that use it

    try:
        labels, kind = usaddress.tag(text)
    except usaddress.RepeatedLabelError:  # its message contains the address
        return "two_numbers"
    if kind not in _KINDS or not labels.keys() <= {*_FIRST, *_SECOND, *_AROUND}:
        return "unknown"
    parts = {name: value.strip(" ,") for name, value in labels.items()}
    return "two_numbers" if _has_two_numbers(parts) else parts


def _line(parts: dict[str, str], names: tuple[str, ...]) -> str:
    return " ".join(_SHORT.get(name, str)(parts[name]) for name in names if parts.get(name))


def _zip(text: str) -> str | None:
    match = _ZIP.fullmatch(text.strip())
    return None if match is None else "-".join(part for part in match.groups() if part)


def _last_word(terms: dict[str, str]) -> Callable[[str], str]:
    def short(text: str) -> str:
        *before, last = text.split()
        return " ".join((*before, terms.get(last, last)))

    return short


def _unit_number(text: str) -> str:
    ordinal = _ORDINAL.fullmatch(text)
    return ordinal[1] if ordinal else text


def _direction(text: str) -> str:
    return " ".join(DIRECTIONS.get(word, word) for word in text.split())


def _box_group(text: str) -> str:
    return _BOX_GROUPS.get(text, text)


def _box_type(text: str) -> str:
    return _BOXES.get(text, text)


_SHORT: dict[str, Callable[[str], str]] = {
    "StreetNamePreDirectional": _direction,
    "StreetNamePostDirectional": _direction,
    "StreetNamePostType": _last_word(SUFFIXES),
    "SubaddressType": _last_word(UNITS),
    "OccupancyType": _last_word(UNITS),
    "OccupancyIdentifier": _unit_number,
    "USPSBoxGroupType": _box_group,
    "USPSBoxType": _box_type,
}
