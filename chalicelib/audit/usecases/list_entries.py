"""List entries of the ledger, by subject or by day (PRI-28)."""

from collections.abc import Iterator
from itertools import islice

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
CHANGES = frozenset({EntryKind.CHANGE, EntryKind.RECEIPT})
ACCESSES = frozenset({EntryKind.ACCESS})


class EntryPosition(DayPosition):
    """The sort key of the last entry that was examined; the list keeps its day."""

    at_id: str


EntryPage = Page[Entry, EntryPosition]


@dataclass(frozen=True)
class EntryFilter:
    """Which entries to list: of one subject or else of a UTC day, by actor, by kind of subject or action."""

    kinds: frozenset[EntryKind]
    day: str
    subject: str | None = None
    user: str | None = None
    kind: str | None = None

    def matches(self, entry: Entry) -> bool:
        """Return whether the entry passes the filter; `kind` is the kind of its subject or its action (PRI-28)."""
        return (
            entry.kind in self.kinds
            and self.user in (None, entry.actor_id)
            and self.kind in (None, entry.action, entry.subject.partition("/")[0])
        )


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
        chunk = list(islice(places, _CHUNK))
        listed = _listed(actor, chunk, entry_filter, now)
        for place in chunk:
            if place.entry is not None and _key(place.entry) in listed:
                if not room.takes(_encoded_size_of(place.entry)):
                    return Page(entries, {"at_id": last, "day": entry_filter.day})
                entries.append(place.entry)
            examined, last = examined + 1, place.at_id
            if len(entries) == limit:
                return Page(entries, {"at_id": last, "day": entry_filter.day})
        if len(chunk) < _CHUNK:
            return Page(entries, None)
    return Page(entries, {"at_id": last, "day": entry_filter.day})


def _places(actor: Actor, entry_filter: EntryFilter, after: str | None, now: int) -> Iterator[EntryPlace]:
    if entry_filter.subject is None:
        return ledger.places_of_day(entry_filter.day, after, now)
    if entry_filter.subject not in visible_subjects(actor, [entry_filter.subject], now):
        raise NotFound("Not found.")
    return ledger.places_of_subject(entry_filter.subject, after, now)


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
