"""What the ledger says has happened since the restore point."""

from collections.abc import Iterable, Iterator

from chalicelib.audit.domain import day_after
from chalicelib.core.times import utc_day
from chalicelib.imports.domain.import_job import KEPT_S, ImportKind
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry

MARGIN_S = 3_600


def since(instant: int, now: int) -> Iterator[Entry]:
    """Yield every live entry from an hour before the point on, day by day, oldest first in each.

    An entry carries the time its request began, so it may have been written a little after it: replaying one that
    the restored table knows already changes nothing.
    """
    day, last = utc_day(instant - MARGIN_S), utc_day(now)
    while day <= last:
        found = (place.entry for place in ledger.places_of_day(day, None, now))
        yield from (entry for entry in found if entry is not None and entry.at >= instant - MARGIN_S)
        day = day_after(day)


def kind_of(entry: Entry) -> str:
    """Return what kind of thing an entry is about."""
    return entry.subject.partition("/")[0]


def imports_since(instant: int, now: int, kinds: Iterable[ImportKind]) -> list[Entry]:
    """Return the start of every import of these kinds that was at work at the point or after it, oldest first.

    An import names itself only, at its start and its end. It lives for a week: whichever had not come to its end at
    the point began within the week before, whether it ended since, is open still or was never finished.
    """
    started, over = [], set()
    for entry in since(instant - KEPT_S, now):
        if entry.action == "import_started" and (entry.detail or {})["kind"] in set(kinds):
            started.append(entry)
        elif entry.action == "import_ended" and entry.at < instant - MARGIN_S:
            over.add(entry.subject)
    return sorted((entry for entry in started if entry.subject not in over), key=lambda entry: entry.at)
