"""What the ledger says has happened since the restore point."""

from collections.abc import Iterator

from chalicelib.domain.ledger import Entry
from chalicelib.domain.seals import day_after
from chalicelib.domain.times import utc_day
from chalicelib.stores import ledger

MARGIN_S = 3_600


def since(instant: int, now: int) -> Iterator[Entry]:
    """Yield every live entry from an hour before the point on, day by day, oldest first in each.

    An entry carries the time its request began, so it may have been written a little after it: replaying one that
    the restored table knows already changes nothing.
    """
    day, last = utc_day(instant - MARGIN_S), utc_day(now)
    while day <= last:
        found = (place.entry for place in ledger.listed_of_day(day, None, now))
        yield from (entry for entry in found if entry is not None and entry.at >= instant - MARGIN_S)
        day = day_after(day)


def kind_of(entry: Entry) -> str:
    """Return what kind of thing an entry is about."""
    return entry.subject.partition("/")[0]
