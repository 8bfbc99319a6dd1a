"""Merged worklists, stalest first; leads are listed by the index and read again (WRK-1; data-model.md, Indexes)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from typing import TypedDict, TypeVar

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.chunks import chunks
from chalicelib.core.paging import Page, cut
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.lead_size import encoded_size_of
from chalicelib.leads.domain.lead_work import retires_at
from chalicelib.leads.domain.leads import Facts, StoredLead
from chalicelib.leads.domain.visibility import may_see
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.with_block_status import with_block_status
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_ROUNDS = 10
_ALL_AT_ONCE = 100
P = TypeVar("P")
WorklistFilter = Callable[[Facts, Project], bool]


class WorklistPosition(TypedDict, total=False):
    """The last lead of a page: `at` and `through` of merged lists, `place` of leads that were sorted in memory."""

    at: int
    """The instant of the last lead."""

    through: dict[str, str]
    """The last lead of each list at that instant, by the name of the list."""

    place: list[int | str]
    """The sort key: the day for follow-ups, the instant for leads at risk; and the id of the lead."""


WorklistPage = Page[StoredLead, WorklistPosition]
Place = Callable[[StoredLead], WorklistPosition]


@dataclass(frozen=True)
class WorklistRef:
    """One list to read, its project, and the instant up to which it is read."""

    name: str
    project: Project
    until: int


@dataclass(frozen=True)
class _Entry:
    """A lead in the index: its instant and its list."""

    at: int
    worklist: WorklistRef
    lead_id: str


def read_lists(
    actor: Actor,
    lists: Sequence[WorklistRef],
    matches: WorklistFilter,
    limit: int,
    after: WorklistPosition | None,
    now: int,
) -> tuple[WorklistPage, Place]:
    """Return up to `limit` live leads of the lists that the actor may see and that match, and their positions.

    Persons are not included. A page may be short if many leads have left the lists meanwhile.
    """
    items: list[StoredLead] = []
    entries: list[_Entry] = []
    start = after
    for _ in range(_ROUNDS):
        page = _page(lists, limit - len(items), after)
        entries += page.items
        items += _read(actor, page.items, matches, now)
        after = page.next
        if after is None or len(items) == limit:
            break
    return Page(items, after), lambda lead: _place_of(lead, entries, start)


def read_all(
    actor: Actor, lists: Sequence[WorklistRef], matches: WorklistFilter, now: int
) -> list[StoredLead]:
    """Return every live lead of the lists that the actor may see and that matches, list after list."""
    return _read(actor, [entry for worklist in lists for entry in _entries(worklist)], matches, now)


def with_persons(
    access: Access, page: Page[StoredLead, P], place: Callable[[StoredLead], P], now: int
) -> Page[StoredLead, P]:
    """Return the leads with their persons, and whether they are blocked now (PRI-16), as many as have room (INT-16).

    Every access is recorded before anything is returned (PRI-30).
    """
    rows = batch.read_many([people.key(lead.facts.lead_id) for lead in page.items], now)
    full = [replace(lead, person=people.from_batch(lead.facts.lead_id, rows)) for lead in page.items]
    shown = cut(Page(full, page.next), encoded_size_of, place)
    if not shown.items:
        return shown
    items = with_block_status(shown.items, now)
    read_ids = [lead.facts.lead_id for lead in items if lead.person is not None]
    record_access(access, read_ids, cached_organisation(now), now)
    return Page(items, shown.next)


def _page(
    lists: Sequence[WorklistRef], limit: int, after: WorklistPosition | None
) -> Page[_Entry, WorklistPosition]:
    """Return the next entries of all lists by instant; the position is the instant, and each list's last lead."""
    runs = [_run(worklist, limit, after) for worklist in lists]
    found = list(merge(*runs, key=lambda entry: entry.at))[:limit]
    if len(found) < limit:
        return Page(found, None)
    return Page(found, _position(found, after))


def _place_of(
    lead: StoredLead, entries: Sequence[_Entry], start: WorklistPosition | None
) -> WorklistPosition:
    listed = next(
        number
        for number, entry in enumerate(entries, 1)
        if (entry.worklist.name, entry.lead_id) == (lead.facts.worklist, lead.facts.lead_id)
    )
    return _position(entries[:listed], start)


def _position(found: Sequence[_Entry], after: WorklistPosition | None) -> WorklistPosition:
    at = found[-1].at
    through = dict(after["through"]) if after is not None and after["at"] == at else {}
    through |= {entry.worklist.name: entry.lead_id for entry in found if entry.at == at}
    return {"at": at, "through": through}


def _run(worklist: WorklistRef, limit: int, after: WorklistPosition | None) -> list[_Entry]:
    since = 0 if after is None else after["at"]
    last = None if after is None else after["through"].get(worklist.name)
    return _read_index(worklist, since, limit, last)


def _entries(worklist: WorklistRef) -> Iterator[_Entry]:
    """Yield all entries of a list in the index."""
    since, last = 0, None
    while True:
        found = _read_index(worklist, since, _ALL_AT_ONCE, last)
        yield from found
        if len(found) < _ALL_AT_ONCE:
            return
        since, last = found[-1].at, found[-1].lead_id


def _read_index(worklist: WorklistRef, since: int, limit: int, last: str | None) -> list[_Entry]:
    found = leads.list_worklist(worklist.name, since, worklist.until, limit, last)
    return [_Entry(at, worklist, lead_id) for lead_id, at in found]


def _read(actor: Actor, entries: Sequence[_Entry], matches: WorklistFilter, now: int) -> list[StoredLead]:
    found: list[StoredLead] = []
    for chunk in chunks(entries, _ALL_AT_ONCE):
        facts = leads.get_many((entry.lead_id for entry in chunk), now)
        found += _shown(actor, chunk, facts, matches, now)
    return found


def _shown(
    actor: Actor, entries: Sequence[_Entry], found: Mapping[str, Facts], matches: WorklistFilter, now: int
) -> Iterator[StoredLead]:
    for entry in entries:
        facts, project = found.get(entry.lead_id), entry.worklist.project
        if facts is None or facts.worklist != entry.worklist.name or not may_see(actor, facts):
            continue
        if facts.is_live(now) and not facts.retention.is_kept_by_hold(now) and matches(facts, project):
            yield StoredLead(facts, retires_at=retires_at(facts, project))
