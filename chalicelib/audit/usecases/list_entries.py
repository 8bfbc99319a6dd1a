"""List entries of the ledger, by subject, by day, or by a range of days (PRI-28)."""

from collections.abc import Iterator
from itertools import takewhile
from typing import NotRequired

from chalicelib.audit.usecases.entry_range import EntryRange
from chalicelib.audit.usecases.visible_subjects import visible_subjects
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import ByteRoom, DayPosition, Page, encoded_size_at_most
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.ledger.domain.references import items_in
from chalicelib.ledger.store import EntryPlace

_CHUNK = 100
_FRAME, _NAMED = 1_500, 250
_MAX_EXAMINED = 1000
_DAY_COST = 32  # a day without entries costs a query of each of its sixteen shards: 31 days a page
CHANGES = frozenset({EntryKind.CHANGE, EntryKind.RECEIPT})
ACCESSES = frozenset({EntryKind.ACCESS})


class EntryPosition(DayPosition):
    """The sort key of the last entry that was examined; the list keeps its day, or its range of seconds."""

    at_id: str
    within: NotRequired[list[int]]


EntryPage = Page[Entry, EntryPosition]


@dataclass(frozen=True)
class EntryFilter:
    """Which entries to list, by actor, by kind of subject or action.

    Those of one subject, or else of a UTC day. With `within` only those of a range; without a subject, all of it.
    """

    kinds: frozenset[EntryKind]
    day: str
    subject: str | None = None
    user: str | None = None
    kind: str | None = None
    within: EntryRange | None = None

    @property
    def place(self) -> str:
        """Return the subject that names this list in the ledger, when it is exported."""
        if self.subject is not None:
            return self.subject
        return f"day/{self.day}" if self.within is None else f"days/{self.within}"

    def position(self, at_id: str) -> EntryPosition:
        """Return the position after an entry."""
        if self.within is None:
            return {"at_id": at_id, "day": self.day}
        return {"at_id": at_id, "day": self.day, "within": [self.within.begins, self.within.ends]}

    def matches(self, entry: Entry) -> bool:
        """Return whether the entry passes the filter (PRI-28).

        `kind` is the kind of its subject, its action, or the way of an access. `user` also finds what a job did for a
        user.
        """
        words = [None, entry.action, entry.subject.partition("/")[0]]
        if entry.kind is EntryKind.ACCESS:
            words.append(entry.through)
        users = (None, entry.actor_id, entry.user_id)
        return entry.kind in self.kinds and self.user in users and self.kind in words


def list_entries(
    actor: Actor, entry_filter: EntryFilter, limit: int, after: EntryPosition | None, now: int
) -> EntryPage:
    """Return up to `limit` entries the actor may read, oldest first (PRI-28).

    A page examines a bounded number of entries, however few of them pass the filter, and ends where an answer has no
    more room. So it may be short or empty and still have a next page. Raise NotFound for a subject that does not exist
    for the actor (ACC-4).
    """
    entries: list[Entry] = []
    examined, last, room = 0, "", ByteRoom()
    places = _places(actor, entry_filter, None if after is None else after["at_id"], now)
    while examined < _MAX_EXAMINED:
        chunk, ended = _chunk(places)
        listed = _listed(actor, chunk, entry_filter, now)
        for place in chunk:
            if place.entry is not None and _key(place.entry) in listed:
                if not room.takes(_encoded_size_of(place.entry)):
                    return Page(entries, entry_filter.position(last))
                entries.append(place.entry)
            examined, last = examined + _cost(place), place.at_id
            if len(entries) == limit:
                return Page(entries, entry_filter.position(last))
        if ended:
            return Page(entries, None)
    return Page(entries, entry_filter.position(last))


def _chunk(places: Iterator[EntryPlace]) -> tuple[list[EntryPlace], bool]:
    """Return the next places, as many as are worth a read of their subjects, and whether they were the last ones."""
    chunk: list[EntryPlace] = []
    cost = 0
    for place in places:
        chunk.append(place)
        cost += _cost(place)
        if cost >= _CHUNK:
            return chunk, False
    return chunk, True


def _cost(place: EntryPlace) -> int:
    return _DAY_COST if place.ends_day else 1


def _places(actor: Actor, entry_filter: EntryFilter, after: str | None, now: int) -> Iterator[EntryPlace]:
    within = entry_filter.within
    if entry_filter.subject is None:
        if within is None:
            return ledger.places_of_day(entry_filter.day, after, now)
        return ledger.places_between(after or within.first_key, within.key_after, now)
    if entry_filter.subject not in visible_subjects(actor, [entry_filter.subject], now):
        raise NotFound("Not found.")
    if within is None:
        return ledger.places_of_subject(entry_filter.subject, after, now)
    places = ledger.places_of_subject(entry_filter.subject, after or within.first_key, now)
    return takewhile(lambda place: place.at_id < within.key_after, places)


def _listed(
    actor: Actor, places: list[EntryPlace], entry_filter: EntryFilter, now: int
) -> set[tuple[str, str]]:
    entries = [
        place.entry for place in places if place.entry is not None and entry_filter.matches(place.entry)
    ]
    visible = visible_subjects(actor, {entry.subject for entry in entries}, now)
    return {_key(entry) for entry in entries if entry.subject in visible}


def _encoded_size_of(entry: Entry) -> int:
    """Return at most how many bytes an entry has in a list or an export."""
    fields = [[field.name, field.before, field.after] for field in entry.fields]
    named = sum(len(items_in(field.name, field.before, field.after)) for field in entry.fields)
    return _FRAME + _NAMED * named + encoded_size_at_most([fields, entry.detail])


def _key(entry: Entry) -> tuple[str, str]:
    return entry.subject, entry.id
