"""Dealing limits out to rows, and giving places back (CAM-10)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chalicelib.core.period_counts import PeriodCounts, at
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.shares import ChosenPlace, Measures, Share, rows_for, total, used
from chalicelib.core.times import MINUTE_S

_HOUR, _DAY, _MONTH = range(3)


@dataclass(frozen=True)
class PlaceTaken:
    """A place that may be given back: its minute and day, and the row of its hour, its day and its month."""

    minute: int
    day: str
    rows: tuple[int, int, int]


def deal_shares(
    rows: Sequence[Share],
    limits: Measures,
    of: int,
    now: int,
    zone: str,
    *,
    before: PeriodCounts | None = None,
) -> list[Share]:
    """Return all rows with an even share of the limits and of everything that was taken.

    No count is lost, and no row has taken more than its share. Only if more is taken than a limit, the shares of that
    measure are all 0, until the sum is below it and the shares are dealt again. Rows that the limits no longer need
    are emptied. `before` is what was taken outside the rows.

    Example:
        >>> limits = Measures(hour=20)
        >>> rows = deal_shares([], limits, 1, now, "UTC", before=PeriodCounts(now // 60, taken=5))
        >>> [(row.number, row.counts.taken, row.shares.hour) for row in rows]
        [(0, 3, 10), (1, 2, 10)]
    """
    seen = [PeriodCounts() if before is None else before, *(row.counts for row in rows)]
    latest = max([now, *(counts.minute * MINUTE_S for counts in seen)])
    whole, count = total(at(counts, latest, zone) for counts in seen), rows_for(limits)
    known = {row.number: row for row in rows}
    deal = 1 + max((row.deal for row in rows), default=0)
    parts = _split_counts(whole, count)
    shares = _split_limits(limits, whole, count)
    unused = Measures(*(None if limit is None else 0 for limit in limits))
    dealt = []
    for number in sorted({*known, *range(count)}):
        used_now = number < count
        dealt.append(
            Share(
                number=number,
                counts=parts[number] if used_now else PeriodCounts(minute=whole.minute, day=whole.day),
                shares=shares[number] if used_now else unused,
                limits=limits,
                of=of,
                deal=deal,
                v=known[number].v + 1 if number in known else 1,
            )
        )
    return dealt


def is_dealt(shares: Sequence[Share], limits: Measures) -> bool:
    """Return True if these are all the rows of the limits, from one deal for them."""
    return len(shares) == rows_for(limits) and {(share.limits, share.deal) for share in shares} == {
        (limits, shares[0].deal)
    }


def is_withheld(shares: Sequence[Share], limits: Measures) -> bool:
    """Return True if the shares of a measure are 0 for more was taken than its limit, and there is room again."""
    return any(
        limit is not None
        and sum(share.shares[measure] or 0 for share in shares) < limit
        and sum(used(share)[measure] for share in shares) < limit
        for measure, limit in enumerate(limits)
    )


def place_of(places: Sequence[ChosenPlace]) -> PlaceTaken:
    """Return what must be noted of a place that may be given back."""
    hour, day, month = (
        next(place.share for place in places if place.amounts[measure]) for measure in (_HOUR, _DAY, _MONTH)
    )
    return PlaceTaken(hour.counts.minute, day.counts.day, (hour.number, day.number, month.number))


def give_back(rows: Iterable[Share], place: PlaceTaken) -> list[Share]:
    """Return the rows that change when a place is given back: rows that hold a place of that minute, day and month.

    It is the row that gave the place, or after a deal any other. If none holds one, the period is over, and there is
    nothing to give back. No number falls below 0, and the sum of what is taken is exact.
    """
    after = {row.number: row for row in rows}
    changed = {}
    for measure, number in enumerate(place.rows):
        holding = [row for row in after.values() if _holds(row.counts, measure, place)]
        if holding:
            row = next((row for row in holding if row.number == number), holding[0])
            less = replace(row, counts=_without(row.counts, measure, place))
            after[row.number] = changed[row.number] = less
    return [replace(row, v=row.v + 1) for row in changed.values()]


def _holds(counts: PeriodCounts, measure: int, place: PlaceTaken) -> bool:
    if measure == _HOUR:
        taken = counts.taken if place.minute == counts.minute else counts.before.get(place.minute, 0)
        return taken > 0
    if measure == _DAY:
        return counts.day == place.day and counts.in_day > 0
    return counts.month == place.day[:7] and counts.in_month > 0


def _without(counts: PeriodCounts, measure: int, place: PlaceTaken) -> PeriodCounts:
    if measure == _DAY:
        return replace(counts, in_day=counts.in_day - 1)
    if measure == _MONTH:
        return replace(counts, in_month=counts.in_month - 1)
    if place.minute == counts.minute:
        return replace(counts, taken=counts.taken - 1)
    left = {**counts.before, place.minute: counts.before[place.minute] - 1}
    return replace(counts, before={minute: count for minute, count in left.items() if count})


def _split_counts(whole: PeriodCounts, count: int) -> list[PeriodCounts]:
    """Split every minute, so that the hours of the parts are even, too: each remainder begins where one ended."""
    begin = 0
    minutes: list[dict[int, int]] = [{} for _ in range(count)]
    for minute, number in {**whole.before, whole.minute: whole.taken}.items():
        for part, amount in enumerate(_split(number, count, begin)):
            if amount:
                minutes[part][minute] = amount
        begin = (begin + number) % count
    days, months = _split(whole.in_day, count), _split(whole.in_month, count)
    return [
        PeriodCounts(
            whole.minute, own.pop(whole.minute, 0), own, whole.day, in_day=days[part], in_month=months[part]
        )
        for part, own in enumerate(minutes)
    ]


def _split_limits(limits: Measures, whole: PeriodCounts, count: int) -> list[Measures]:
    taken = (whole.in_hour, whole.in_day, whole.in_month)
    split: list[list[int] | list[None]] = [
        [None] * count if limit is None else _split(limit if number <= limit else 0, count)
        for limit, number in zip(limits, taken, strict=True)
    ]
    return [Measures(*shares) for shares in zip(*split, strict=True)]


def _split(amount: int, count: int, begin: int = 0) -> list[int]:
    """Return `amount` in even parts; the parts from `begin` on have one more of a remainder."""
    each, rest = divmod(amount, count)
    return [each + ((part - begin) % count < rest) for part in range(count)]
