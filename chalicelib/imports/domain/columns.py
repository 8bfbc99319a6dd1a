"""The columns of a file of contacts, and the request in each row (PRI-20, PRI-21)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.blocks.domain import REASONS
from chalicelib.core.contact_reader import Contact, read_contact
from chalicelib.core.damage import damage_of, digits_in
from chalicelib.core.retention import MAX_AHEAD_S, MAX_DAYS
from chalicelib.core.times import DAY_S, day_start, parse_instant

_CONTACT = frozenset("phone number phone_number telephone mobile email e_mail contact phone_or_email".split())
_END = frozenset("until end ends expires expiry expiration expires_at days days_to_expiry end_date".split())
_REASON = frozenset({"reason"})
_LEAST_DIGITS = 7


@dataclass(frozen=True)
class Columns:
    """The positions of contact, end and reason in a row."""

    contact: int = 0
    end: int | None = 1
    reason: int | None = 2


@dataclass(frozen=True, slots=True)
class RowRequest:
    """The request in a row of contacts, in normal form."""

    kind: str
    normal: str
    until: int | None = None
    reason: str | None = None


def columns_of(header: Sequence[str] | None) -> Columns:
    """Return the columns that a header names; without a contact column or header: contact, end, reason."""
    if header is None:
        return Columns()
    names = list(map(_normal_name, header))
    contact = _place(names, _CONTACT)
    if contact is None:
        return Columns()
    return Columns(contact, _place(names, _END), _place(names, _REASON))


def names_in(header: Sequence[str]) -> tuple[str, ...]:
    """Return the known names of a header. The other ones are blank, because they could contain personal data."""
    return tuple(name if _normal_name(name) in _CONTACT | _END | _REASON else "" for name in header)


def row_request(
    cells: Sequence[str], columns: Columns, region: str, since: int, *, blocks: bool = True
) -> RowRequest | str:
    """Return the request in a row, or the reason why it is invalid; ends count from the import's start, `since`.

    Only a row that blocks has an end and a reason (PRI-20). In other rows these cells are ignored, unless one is a
    second number.
    """
    cell = cells[columns.contact] if columns.contact < len(cells) else ""
    contact = read_contact(cell, region)
    if isinstance(contact, str):
        return _contact_error(contact, cells, columns.contact)
    if len(cells) == 1:
        return RowRequest(contact.kind, contact.normal)
    end = _cell(cells, columns.end)
    until = end_of(end, since) if end else None
    if until == "bad_end" and digits_in(end) >= _LEAST_DIGITS and _is_number(end, region):
        return "two_numbers"
    if not blocks:
        return RowRequest(contact.kind, contact.normal)
    if isinstance(until, str):
        return until
    reason = _cell(cells, columns.reason).lower()
    if reason and reason not in REASONS:
        return "bad_reason"
    return RowRequest(contact.kind, contact.normal, until, reason or None)


def end_of(text: str, since: int) -> int | str | None:
    """Return the end in a text: days, an ISO day (included, UTC) or an instant; else the reason why it is invalid."""
    try:
        if text.isascii() and text.isdigit():
            until = since + int(text) * DAY_S if len(text) <= len(str(MAX_DAYS)) else since
            if until <= since:
                return "bad_end"
        else:
            until = day_start(text) + DAY_S if len(text) == len("2026-01-31") else parse_instant(text)
    except (ValueError, OverflowError):
        return "bad_end"
    if until <= since:
        return "past_end"
    return until if until <= since + MAX_AHEAD_S else "bad_end"


def _contact_error(reason: str, cells: Sequence[str], place: int) -> str:
    joined = ",".join(cells[place : place + 2])
    return (
        "exponent" if damage_of(joined) == "exponent" else reason
    )  # the decimal comma was read as the delimiter


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _normal_name(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _place(names: Sequence[str], accepted: frozenset[str]) -> int | None:
    return next((index for index, name in enumerate(names) if name in accepted), None)


def _is_number(text: str, region: str) -> bool:
    return isinstance(read_contact(text, region), Contact)
