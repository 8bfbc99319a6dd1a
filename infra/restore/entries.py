"""The entries of the ledger since the restore point."""

from collections.abc import Iterable, Iterator

from chalicelib.audit.domain import day_after
from chalicelib.core.times import utc_day
from chalicelib.imports.domain.import_job import KEPT_S, ImportKind
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry

MARGIN_S = 3_600


def since(instant: int, now: int) -> Iterator[Entry]:
    """Yield every live entry from an hour before the point on, day by day, oldest first in each day.

    An entry has the time at which its request began and is written a little later. To replay an entry that the
    restored table already contains changes nothing.
    """
    day, last = utc_day(instant - MARGIN_S), utc_day(now)
    while day <= last:
        found = (position.entry for position in ledger.places_of_day(day, None, now))
        yield from (entry for entry in found if entry is not None and entry.at >= instant - MARGIN_S)
        day = day_after(day)


def kind_of(entry: Entry) -> str:
    """Return the kind of the subject of an entry."""
    return entry.subject.partition("/")[0]


def imports_since(instant: int, now: int, kinds: Iterable[ImportKind]) -> list[Entry]:
    """Return the start of every import of these kinds that was open at the point or started after it, oldest first.

    The ledger has the start and the end of an import. An import lives for a week, so each one that was open at the
    point began within the week before. It may have ended since, be open still, or never end.
    """
    started, over = [], set()
    for entry in since(instant - KEPT_S, now):
        if entry.action == "import_started" and (entry.detail or {})["kind"] in set(kinds):
            started.append(entry)
        elif entry.action == "import_ended" and entry.at < instant - MARGIN_S:
            over.add(entry.subject)
    return sorted((entry for entry in started if entry.subject not in over), key=lambda entry: entry.at)
