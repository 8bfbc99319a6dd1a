"""Limits in rows: each row has a share of each limit and never passes it, so the sum never passes the limit (CAM-10).

A lead may use any row with room. So a place can be had as long as one is free in any row, and leads seldom meet.

Example:
    >>> limits = Measures(hour=100, day=None, month=1_000)
    >>> rows_for(limits)
    10
    >>> share = Share(0, PeriodCounts(minute=29_000_000, taken=9), Measures(10, None, 100), limits)
    >>> has_room(share), has_room(with_taken(share, ALL))
    (True, False)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from chalicelib.core.period_counts import PeriodCounts, at
from chalicelib.core.quick_dataclass import dataclass

MOST_ROWS = 32
_LEAST_SHARE = 10
ALL = (1, 1, 1)
Random = Callable[[int], int]
"""Returns a number from 0 to below the one it is given, at random."""


class Measures(NamedTuple):
    """The most places in 60 minutes, in a day and in a month; None: any number."""

    hour: int | None = None
    day: int | None = None
    month: int | None = None


@dataclass(frozen=True)
class Share:
    """One row: its share of the limits, and what it has taken.

    `limits` are those that the shares are for, and `of` is the version of the settings they were read from. `deal`
    counts how often shares were dealt, and every write raises `v`.
    """

    number: int
    counts: PeriodCounts = PeriodCounts()
    shares: Measures = Measures()
    limits: Measures = Measures()
    of: int = 0
    deal: int = 0
    v: int = 0


@dataclass(frozen=True)
class ChosenPlace:
    """What one lead takes of one row: 1 or 0 of the hour, of the day and of the month."""

    share: Share
    amounts: tuple[int, ...] = ALL


def rows_for(limits: Measures) -> int:
    """Return in how many rows the limits are kept: one for each ten places of the least limit, at most 32."""
    least = min([limit for limit in limits if limit is not None])
    return max(1, min(MOST_ROWS, least // _LEAST_SHARE))


def share_at(share: Share, now: int, zone: str) -> Share:
    """Return the row in the minute of `now`; a row never goes back."""
    counts = at(share.counts, now, zone)
    return share if counts is share.counts else replace(share, counts=counts)


def used(share: Share) -> tuple[int, int, int]:
    """Return the places that the row has taken in the hour, in the day and in the month."""
    return share.counts.in_hour, share.counts.in_day, share.counts.in_month


def has_room(share: Share) -> bool:
    """Return True if the row has a place in every measure."""
    counts, (hour, day, month) = share.counts, share.shares
    return (
        (hour is None or counts.in_hour < hour)
        and (day is None or counts.in_day < day)
        and (month is None or counts.in_month < month)
    )


def choose_numbers(limits: Measures, leave_out: int | None, random: Random) -> list[int]:
    """Return the numbers of two rows chosen at random, without the one that was just met, if there are others."""
    rows = rows_for(limits)
    left = rows if leave_out is None or leave_out >= rows else rows - 1
    if not left:
        return [0]
    chosen = [random(left)]
    if left > 1:
        second = random(left - 1)
        chosen.append(second + (second >= chosen[0]))
    return chosen if left == rows else [number + (number >= (leave_out or 0)) for number in chosen]


def choose_places(shares: Sequence[Share], random: Random) -> list[ChosenPlace]:
    """Return what one lead takes, at random; none if a measure has no room in any row.

    One row with room in all measures is taken. Without one, each measure is taken from a row that has it.
    Example: the hour has its last place in one row and the day in another.
        >>> first = Share(0, PeriodCounts(taken=1, in_day=0), Measures(1, 5, None))
        >>> second = Share(1, PeriodCounts(taken=0, in_day=5), Measures(1, 5, None))
        >>> [(place.share.number, place.amounts) for place in choose_places([first, second], lambda below: 0)]
        [(1, (1, 0, 1)), (0, (0, 1, 0))]
    """
    open_rows = [share for share in shares if has_room(share)]
    if open_rows:
        return [ChosenPlace(open_rows[random(len(open_rows))])]
    free = [
        [share.number for share in shares if _is_free(share, measure)]
        for measure in range(len(Measures._fields))
    ]
    amounts: dict[int, list[int]] = {}
    for measure in sorted(range(len(free)), key=lambda one: len(free[one])):
        if not free[measure]:
            return []
        number = next((one for one in amounts if one in free[measure]), None)
        number = free[measure][random(len(free[measure]))] if number is None else number
        amounts.setdefault(number, [0, 0, 0])[measure] = 1
    rows = {share.number: share for share in shares}
    return [ChosenPlace(rows[number], tuple(taken)) for number, taken in amounts.items()]


def with_taken(share: Share, amounts: Sequence[int]) -> Share:
    """Return the row after these places were taken in its present minute."""
    counts, (hour, day, month) = share.counts, amounts
    after = replace(
        counts, taken=counts.taken + hour, in_day=counts.in_day + day, in_month=counts.in_month + month
    )
    return replace(share, counts=after, v=share.v + 1)


def total(counts: Iterable[PeriodCounts]) -> PeriodCounts:
    """Return the sum of rows, each in its own minute: what all of them hold counts."""
    minute, day, in_day, in_month = 0, "", 0, 0
    by_minute: dict[int, int] = {}
    for one in counts:
        minute, day = max(minute, one.minute), max(day, one.day)
        in_day, in_month = in_day + one.in_day, in_month + one.in_month
        by_minute[one.minute] = by_minute.get(one.minute, 0) + one.taken
        for earlier, count in one.before.items():
            by_minute[earlier] = by_minute.get(earlier, 0) + count
    return PeriodCounts(minute, by_minute.pop(minute, 0), by_minute, day, in_day, in_month)


def estimate(shares: Sequence[Share]) -> PeriodCounts:
    """Return what all rows have taken, as some of them show it.

    It is below every limit if one of them has room, and exact if these are all the rows.
    """
    if not shares:
        return PeriodCounts()
    seen, rows = total(share.counts for share in shares), rows_for(shares[0].limits)
    if len(shares) == rows:
        return seen
    (hour, hours), (day, days), (month, months) = [
        _scale(shares, measure, rows) for measure in range(len(Measures._fields))
    ]
    return PeriodCounts(
        seen.minute,
        seen.taken * hour // hours,
        {minute: count * hour // hours for minute, count in seen.before.items()},
        seen.day,
        seen.in_day * day // days,
        seen.in_month * month // months,
    )


def _scale(shares: Sequence[Share], measure: int, rows: int) -> tuple[int, int]:
    """Return the limit and the part of it that these rows have; if they have none, numbers of rows."""
    whole = shares[0].limits[measure]
    part = sum([share.shares[measure] or 0 for share in shares])
    return (rows, len(shares)) if whole is None or not part else (whole, part)


def _is_free(share: Share, measure: int) -> bool:
    most = share.shares[measure]
    return most is None or used(share)[measure] < most
