"""The columns of a file of contacts, and the request in each row (PRI-20, PRI-21)."""

import re
from collections.abc import Sequence
from itertools import pairwise

from chalicelib.blocks.domain import REASONS
from chalicelib.core.contact_reader import Contact, read_contact, read_email
from chalicelib.core.damage import damage_of, digits_in
from chalicelib.core.plain_text import fold, shown
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import MAX_AHEAD_S, MAX_DAYS
from chalicelib.core.times import DAY_S, ends_at, read_moment
from chalicelib.core.words import contact_kind, is_of_another

MAX_CONTACT_COLUMNS = 20
_EITHER = frozenset(
    "contacts phones phonenumbers mobiles emails emailaddresses contactnumber contactnumbers"
    " phoneoremail emailorphone phoneemail emailphone phoneandemail emailandphone".split()
)
_ALONE = frozenset({"contact", "number"})  # beside unknown columns they may be a name, or a customer number
_DAYS = frozenset({"days", "daystoexpiry"})
_END = _DAYS | frozenset("until end ends expires expiry expiration expiresat enddate".split())
_REASON = frozenset({"reason"})
_LEAST_DIGITS = 7
_SIGNS = re.compile(r"[^\w./\[\]]+")
_YEAR = re.compile(r"(?:19|20|21)\d\d")


@dataclass(frozen=True, slots=True)
class ContactColumn:
    """A column of contacts: its position, its kind if the header names one, and whether it is the person's own."""

    place: int
    kind: str | None = None
    own: bool = True


@dataclass(frozen=True)
class Columns:
    """The columns of contacts, end and reason, and how many columns the header names; without a header None."""

    contacts: tuple[ContactColumn, ...] = (ContactColumn(0),)
    end: int | None = 1
    reason: int | None = 2
    named: int | None = None
    in_days: bool = False


@dataclass(frozen=True, slots=True)
class RowRequest:
    """The request in a row: each contact once, end and reason, and a note on what was not read or was taken off."""

    contacts: tuple[Contact, ...]
    until: int | None = None
    reason: str | None = None
    note: str = ""


def columns_of(header: Sequence[str] | None, *, blocks: bool = True) -> Columns | None:
    """Return the columns that a header names, or None if it names no contact column (PRI-20).

    Without a header they are contact, end, reason. A contact of another person, such as `spouse_phone`, is blocked;
    it is neither unblocked nor forgotten, because the row is about the person. The words `contact` and `number` count
    only if all the other columns are known and none names contacts. An id is never a contact.
    """
    if header is None:
        return Columns()
    contacts = [
        column
        for place, name in enumerate(header)
        if (column := _contact_column(place, name)) and (blocks or column.own)
    ]
    names = [_plain(name) for name in header]
    if not contacts and all(name in _ALONE | _END | _REASON for name in names):
        contacts = [ContactColumn(place) for place, name in enumerate(names) if name in _ALONE]
    if not contacts:
        return None
    end = _place(names, _END)
    in_days = end is not None and names[end] in _DAYS
    return Columns(tuple(contacts), end, _place(names, _REASON), len(header), in_days)


def is_readable_header(header: Sequence[str]) -> bool:
    """Return False for a header with two columns of ends or of reasons, or with too many contact columns."""
    names = [_plain(name) for name in header]
    columns = columns_of(header)
    single = all(sum(name in words for name in names) <= 1 for words in (_END, _REASON))
    return single and (columns is None or len(columns.contacts) <= MAX_CONTACT_COLUMNS)


def names_in(header: Sequence[str]) -> tuple[str, ...]:
    """Return the known names of a header. The other ones are blank, because they could contain personal data."""
    return tuple(
        name if _plain(name) in _ALONE | _END | _REASON or _contact_column(0, name) else "" for name in header
    )


def row_request(
    cells: Sequence[str],
    columns: Columns,
    region: str,
    since: int,
    *,
    blocks: bool = True,
    zone: str = "UTC",
) -> RowRequest | str:
    """Return the request in a row, or the reason why it is invalid; ends count from the import's start, `since`,
    and a day ends in the time zone of the import's project.

    Only a row that blocks has an end and a reason (PRI-20). Each contact column counts. A row that blocks blocks the
    contacts that can be read, and its note says why another one cannot. A row that unblocks or forgets with a damaged
    contact does nothing.
    """
    if len(cells) == 1 and columns.named is None:  # the most frequent row
        contact = read_contact(cells[0], region)
        return contact if isinstance(contact, str) else RowRequest((contact,), note=_mark(contact))
    if columns.named is not None and len(cells) > columns.named and not _are_blank(cells[columns.named :]):
        return "exponent" if _is_split_exponent(cells) else "columns"
    contacts, refused = _contacts(cells, columns, region)
    if not contacts:
        return _reason_of(refused, cells)
    if refused and not blocks and any(map(_is_damage, refused)):
        return refused[0][0]
    if len(cells) > 1 and any(_is_contact(cell, region) for cell in _others(cells, columns)):
        return "two_numbers"
    note = refused[0][0] if refused else next(filter(None, map(_mark, contacts)), "")
    if not blocks:
        return RowRequest(contacts, note=note)
    return _block_request(cells, columns, since, zone, contacts, note)


def end_of(text: str, since: int, *, in_days: bool = False, zone: str = "UTC") -> int | str | None:
    """Return the end in a text: days, an ISO day (included) or an instant; else the reason why it is invalid.

    A number such as 2027 is a year as well: it is days only `in_days`, in a column that is named so.
    """
    if not in_days and _YEAR.fullmatch(text):
        return "ambiguous_end"
    try:
        if text.isascii() and text.isdigit():
            until = since + int(text) * DAY_S if len(text) <= len(str(MAX_DAYS)) else since
            if until <= since:
                return "bad_end"
        else:
            until = ends_at(read_moment(text), zone)
    except ValueError:
        return "bad_end"
    if until <= since:
        return "past_end"
    return until if until <= since + MAX_AHEAD_S else "bad_end"


def _block_request(
    cells: Sequence[str], columns: Columns, since: int, zone: str, contacts: tuple[Contact, ...], note: str
) -> RowRequest | str:
    end = _cell(cells, columns.end)
    until = end_of(end, since, in_days=columns.in_days, zone=zone) if end else None
    if isinstance(until, str):
        return until
    reason = _cell(cells, columns.reason).lower()
    if reason and reason not in REASONS:
        return "bad_reason"
    return RowRequest(contacts, until, reason or None, note)


def _mark(contact: Contact) -> str:
    """Return what was taken off a contact, or blank."""
    return contact.mended[0] if contact.mended else ""


def _contacts(
    cells: Sequence[str], columns: Columns, region: str
) -> tuple[tuple[Contact, ...], list[tuple[str, int, str]]]:
    """Return the contacts of a row, each once, and the reason, column and text of each that cannot be read."""
    found: dict[str, Contact] = {}
    refused = []
    for column in columns.contacts:
        cell = cells[column.place] if column.place < len(cells) else ""
        contact = read_email(cell) if column.kind == "email" else read_contact(cell, region)
        if isinstance(contact, Contact):
            found.setdefault(contact.normal, contact)
        elif contact != "empty":
            refused.append((contact, column.place, cell))
    return tuple(found.values()), refused


def _reason_of(refused: Sequence[tuple[str, int, str]], cells: Sequence[str]) -> str:
    """Return why a row has no contact; a decimal comma that was read as the delimiter is an exponent."""
    if not refused:
        return "empty"
    reason, place, _ = refused[0]
    return "exponent" if _is_split_exponent(cells[place : place + 2]) else reason


def _is_damage(refused: tuple[str, int, str]) -> bool:
    """Return False for a word such as `none` or `n/a`, which is no damaged contact."""
    return "@" in refused[2] or any(sign.isdigit() for sign in refused[2])


def _others(cells: Sequence[str], columns: Columns) -> Sequence[str]:
    """Return the cells that must hold no further contact."""
    return cells[1:] if columns.named is None else (_cell(cells, columns.end),)


def _is_contact(text: str, region: str) -> bool:
    may_be_one = "@" in text or digits_in(text) >= _LEAST_DIGITS
    return may_be_one and isinstance(read_contact(text, region), Contact)


def _is_split_exponent(cells: Sequence[str]) -> bool:
    return any(damage_of(",".join(pair)) == "exponent" for pair in pairwise(cells))


def _contact_column(place: int, name: str) -> ContactColumn | None:
    """Return the column if its name is a contact word: `Phone #`, `Phone (home)`, `Mobile 2`, `phone_or_email`."""
    if _plain(name) in _EITHER:
        return ContactColumn(place)
    spaced = _SIGNS.sub(" ", shown(name))
    kind = contact_kind(spaced)
    if kind is None:
        return None
    return ContactColumn(place, kind, own=not is_of_another(spaced))


def _plain(name: str) -> str:
    """Return the letters and digits of a name, folded."""
    return "".join(sign for sign in fold(name) if sign.isalnum())


def _are_blank(cells: Sequence[str]) -> bool:
    return not any(shown(cell).strip() for cell in cells)


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _place(names: Sequence[str], accepted: frozenset[str]) -> int | None:
    return next((index for index, name in enumerate(names) if name in accepted), None)
