"""The record, by thing or by day (PRI-28)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from chalicelib.audit.usecases.visible_subjects import visible_subjects
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import DayPosition, Page
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.ledger.store import EntryPlace

_AT_ONCE = 100
_LOOKED_AT = 1000
CHANGES = frozenset({EntryKind.CHANGE, EntryKind.RECEIPT})
ACCESSES = frozenset({EntryKind.ACCESS})


class EntryPosition(DayPosition):
    """The last entry that was looked at, by its sort key; the list keeps its day."""

    at_id: str


EntryPage = Page[Entry, EntryPosition]


@dataclass(frozen=True)
class EntryFilter:
    """Which entries are wanted: of one thing or else of a UTC day, by whom, of what kind of thing or deed."""

    kinds: frozenset[EntryKind]
    day: str
    subject: str | None = None
    user: str | None = None
    kind: str | None = None

    def matches(self, entry: Entry) -> bool:
        """Tell whether the entry is wanted; `kind` names the kind of its subject or its action (PRI-28)."""
        return (
            entry.kind in self.kinds
            and self.user in (None, entry.actor_id)
            and self.kind in (None, entry.action, entry.subject.partition("/")[0])
        )


def list_entries(
    actor: Actor, wanted: EntryFilter, limit: int, after: EntryPosition | None, now: int
) -> EntryPage:
    """Return up to `limit` entries the actor may read, oldest first (PRI-28).

    A page looks at a bounded number of entries, however few of them are wanted: it may
    be short, or empty, and have a next one. Raises NotFound for a thing that does not exist for the actor (ACC-4).
    """
    seen: list[Entry] = []
    looked_at, last = 0, ""
    places = _places(actor, wanted, None if after is None else after["at_id"], now)
    while looked_at < _LOOKED_AT:
        some = list(islice(places, _AT_ONCE))
        taken = _taken(actor, some, wanted, now)
        for place in some:
            looked_at, last = looked_at + 1, place.at_id
            if place.entry is not None and _name(place.entry) in taken:
                seen.append(place.entry)
            if len(seen) == limit:
                return Page(seen, {"at_id": last, "day": wanted.day})
        if len(some) < _AT_ONCE:
            return Page(seen, None)
    return Page(seen, {"at_id": last, "day": wanted.day})


def _places(actor: Actor, wanted: EntryFilter, after: str | None, now: int) -> Iterator[EntryPlace]:
    if wanted.subject is None:
        return ledger.places_of_day(wanted.day, after, now)
    if wanted.subject not in visible_subjects(actor, [wanted.subject], now):
        raise NotFound("There is no such thing.")
    return ledger.places_of_subject(wanted.subject, after, now)


def _taken(actor: Actor, places: list[EntryPlace], wanted: EntryFilter, now: int) -> set[tuple[str, str]]:
    entries = [place.entry for place in places if place.entry is not None and wanted.matches(place.entry)]
    visible = visible_subjects(actor, {entry.subject for entry in entries}, now)
    return {_name(entry) for entry in entries if entry.subject in visible}


def _name(entry: Entry) -> tuple[str, str]:
    return entry.subject, entry.id
