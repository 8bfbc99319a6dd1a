"""The range of days of a list of entries (PRI-28)."""

from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S, Moment, ends_at, iso, starts_at
from chalicelib.organisation.usecases.cached_zone import cached_zone

MAX_DAYS = 366
_CLOCK_CHANGE_S = 2 * 3600  # a day of a zone may be longer


@dataclass(frozen=True)
class EntryRange:
    """A range of seconds: the first one, and the first one after it."""

    begins: int
    ends: int

    @property
    def first_key(self) -> str:
        """Return a sort key before that of every entry of the range."""
        return iso(self.begins)

    @property
    def key_after(self) -> str:
        """Return a sort key after that of every entry of the range."""
        return iso(self.ends)

    def __str__(self) -> str:
        """Return the first and the last second."""
        return f"{iso(self.begins)}~{iso(self.ends - 1)}"


def entry_range(first: Moment, last: Moment | None, zone: str | None, now: int) -> EntryRange:
    """Return the range from a day or instant to another, both included; without `last`, to now.

    Days begin and end in the zone, without one in the organisation's. Raise Invalid for a range that ends before it
    begins, or is longer than 366 days.
    """
    zone = zone or cached_zone(ALL_PROJECTS, now)
    begins = starts_at(first, zone)
    if last is None:
        last = max(begins, now)
    ends = last + 1 if isinstance(last, int) else ends_at(last, zone)
    if not 0 < ends - begins <= MAX_DAYS * DAY_S + _CLOCK_CHANGE_S:
        message = f"Must not be before `from`, and the range has at most {MAX_DAYS} days."
        raise Invalid("This range cannot be listed.", fields=[FieldError("to", "out_of_range", message)])
    return EntryRange(begins, ends)
