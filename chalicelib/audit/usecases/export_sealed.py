"""Export the entries of a sealed day, byte for byte as they were sealed (PRI-28, PRI-32)."""

from collections.abc import Iterator
from itertools import islice
from typing import TypedDict

from chalicelib.audit import domain as seals
from chalicelib.audit.domain import SealedDay
from chalicelib.audit.usecases.read_seals import sealed_day
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.paging import Page, cut, encoded_size
from chalicelib.core.times import is_day
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Access, Entry
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


class SealedPosition(TypedDict):
    """How many late entries were read, and the sort key of the last entry of the day itself."""

    late: int
    at_id: str | None


def export_sealed(
    access: Access, day: str, limit: int, after: SealedPosition | None, now: int
) -> Page[str, SealedPosition]:
    """Return up to `limit` of a day's entries in sealed order.

    Only admins may export it, because a day belongs to the whole organisation. The export is recorded before anything
    is returned. Expired entries are missing. Late entries are in the day that sealed them. Raise Forbidden, NotFound.
    """
    if not access.actor.is_admin:
        raise Forbidden("A sealed day belongs to the whole organisation: only an admin may export it.")
    stored = sealed_day(day, now) if is_day(day) else None
    if stored is None:
        raise NotFound("There is no such seal.")
    subject = f"seal/{day}"
    entry_id = ledger_entries.entry_id("export", access.request_id, subject)
    ledger.append(
        ledger_entries.access(access.actor, subject, "export", now, entry_id), cached_organisation(now)
    )
    entries = list(islice(_entries(stored, after or {"late": 0, "at_id": None}, now), limit))
    page = cut(
        Page(entries, entries[-1][0] if len(entries) == limit else None),
        lambda entry: encoded_size(entry[1]),
        lambda entry: entry[0],
    )
    return Page([text for _, text in page.items], page.next)


def _entries(stored: SealedDay, after: SealedPosition, now: int) -> Iterator[tuple[SealedPosition, str]]:
    """Yield each entry with the position after it; late entries first, because they are older."""
    leaves = set(stored.leaves)
    for number, (subject, at_id) in enumerate(stored.late[after["late"] :], after["late"] + 1):
        entry = ledger.get(subject, at_id, now)
        if entry is not None and (text := _sealed(entry, leaves)):
            yield {"late": number, "at_id": None}, text
    for place in ledger.places_of_day(stored.seal.day, after["at_id"], now):
        if place.entry is not None and (text := _sealed(place.entry, leaves)):
            yield {"late": len(stored.late), "at_id": place.at_id}, text


def _sealed(entry: Entry, leaves: set[str]) -> str | None:
    """Return an entry's sealed bytes as text, or None for one that this day did not seal."""
    content = seals.canonical_bytes(entry)
    return content.decode() if seals.leaf_of(content) in leaves else None
