"""Counts in clock minutes of an hour, in a day and in a month (CAM-10)."""

from collections.abc import Mapping
from dataclasses import field, replace
from functools import lru_cache

from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import MINUTE_S, local_day

AN_HOUR = 60


@dataclass(frozen=True)
class PeriodCounts:
    """The places taken: in the latest minute, in the minutes before it, in its day and in its month.

    Minutes are epoch minutes. Only the numbers of the latest minute grow. Earlier minutes are fixed, so that many
    transactions can count in one minute without a conflict.
    """

    minute: int = 0
    taken: int = 0
    before: Mapping[int, int] = field(default_factory=dict)
    day: str = ""
    in_day: int = 0
    in_month: int = 0

    @property
    def month(self) -> str:
        """Return the month of the latest minute."""
        return self.day[:7]

    @property
    def in_hour(self) -> int:
        """Return the places of the latest minute and the 59 before it."""
        return self.taken + sum(self.before.values())


def at(counts: PeriodCounts, now: int, zone: str) -> PeriodCounts:
    """Return the counts in the minute of `now`. With a clock that lags, the latest minute stays.

    The day never goes back, even if the project's zone changes: its taken places stay taken (CAM-10).
    """
    minute = max(now // MINUTE_S, counts.minute)
    if minute == counts.minute:
        return counts
    day = max(counts.day, _day_of(minute, zone))
    counts_by_minute = {**counts.before, counts.minute: counts.taken}
    return PeriodCounts(
        minute=minute,
        before={
            earlier: count
            for earlier, count in counts_by_minute.items()
            if minute - AN_HOUR < earlier and count
        },
        day=day,
        in_day=counts.in_day if day == counts.day else 0,
        in_month=counts.in_month if day[:7] == counts.month else 0,
    )


@lru_cache(maxsize=64)
def _day_of(minute: int, zone: str) -> str:
    return local_day(minute * MINUTE_S, zone)


def with_one_more(counts: PeriodCounts, now: int, zone: str) -> PeriodCounts:
    """Return the counts after one more place at `now`."""
    current = at(counts, now, zone)
    return replace(current, taken=current.taken + 1, in_day=current.in_day + 1, in_month=current.in_month + 1)
