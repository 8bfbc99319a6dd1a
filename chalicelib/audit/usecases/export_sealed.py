"""The entries of a sealed day leave the house, byte for byte as they were sealed (PRI-28, PRI-32)."""

from collections.abc import Iterator
from itertools import islice
from typing import TypedDict

from chalicelib.audit import domain as seals
from chalicelib.audit.domain import SealedDay
from chalicelib.audit.usecases.read_seals import sealed_day
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.paging import Page
from chalicelib.core.times import is_day
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Access, Entry
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


class SealedPosition(TypedDict):
    """How many of the late entries were passed, and the last of the day's own entries by its sort key."""

    late: int
    at_id: str | None


def export_sealed(
    access: Access, day: str, limit: int, after: SealedPosition | None, now: int
) -> Page[str, SealedPosition]:
    """Return up to `limit` of a day's entries in sealed order.

    For admins, because a day is the whole organisation's; recorded before anything is returned. Entries whose
    time has come are missing, and those that came late stand in the day that sealed them.
    """
    if not access.actor.is_admin:
        raise Forbidden("A sealed day is the whole organisation's: only an admin exports it.")
    kept = sealed_day(day, now) if is_day(day) else None
    if kept is None:
        raise NotFound("There is no such seal.")
    subject = f"seal/{day}"
    entry_id = ledger_entries.entry_id("export", access.request_id, subject)
    ledger.append(
        ledger_entries.access(access.actor, subject, "export", now, entry_id), cached_organisation(now)
    )
    found = list(islice(_entries(kept, after or {"late": 0, "at_id": None}, now), limit))
    return Page([text for _, text in found], found[-1][0] if len(found) == limit else None)


def _entries(kept: SealedDay, after: SealedPosition, now: int) -> Iterator[tuple[SealedPosition, str]]:
    """Yield each entry with the position to go on from behind it: late ones first, they are older."""
    leaves = set(kept.leaves)
    for number, (subject, at_id) in enumerate(kept.late[after["late"] :], after["late"] + 1):
        entry = ledger.get(subject, at_id, now)
        if entry is not None and (text := _sealed(entry, leaves)):
            yield {"late": number, "at_id": None}, text
    for place in ledger.places_of_day(kept.seal.day, after["at_id"], now):
        if place.entry is not None and (text := _sealed(place.entry, leaves)):
            yield {"late": len(kept.late), "at_id": place.at_id}, text


def _sealed(entry: Entry, leaves: set[str]) -> str | None:
    """Return an entry's sealed bytes as text, or None for one that this day did not seal."""
    content = seals.canonical(entry)
    return content.decode() if seals.leaf_of(content) in leaves else None
