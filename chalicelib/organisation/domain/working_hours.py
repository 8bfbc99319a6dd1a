"""Working hours: the hours of a week, and the time that passes in them, exact to the second (WRK-6a)."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate, groupby
from zoneinfo import ZoneInfo

from chalicelib.core.quick_dataclass import cached_value, dataclass
from chalicelib.core.times import DAY_S, MINUTE_S

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK_S = 7 * DAY_S
EXAMPLE = "mon-fri 09:00-17:00, sat 10:00-14:00"
LONGEST = 500
_MONDAY_S = 3 * DAY_S  # the epoch began on a Thursday, three days after a Monday
_GROUP = r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?(?P<spans>(?: \d\d:\d\d-\d\d:\d\d)+)"
_SPAN = r"(\d\d):(\d\d)-(\d\d):(\d\d)"  # compiled at the first use: most functions never read hours


@dataclass(frozen=True)
class WorkingHours:
    """The hours of a week as spans of seconds since Monday midnight: in order, not empty, none touches another.

    A second belongs to them if the wall clock of a zone shows a time within a span. So an hour that the clock shows
    twice counts twice, and one that it skips does not count.
    """

    spans: tuple[tuple[int, int], ...]

    @cached_value
    def _ends(self) -> list[int]:
        """Return how many seconds of the week's hours have passed at the end of each span."""
        return list(accumulate(end - begin for begin, end in self.spans))

    @cached_value
    def a_week_s(self) -> int:
        """Return the seconds of a week's hours."""
        return self._ends[-1]

    def passed(self, at: int) -> int:
        """Return the seconds of the hours from a Monday to `at`, on a wall clock that never changes."""
        weeks, rest = divmod(at, WEEK_S)
        within = sum(max(0, min(rest, end) - begin) for begin, end in self.spans)
        return weeks * self.a_week_s + within

    def first_at(self, passed: int) -> int:
        """Return the first second at which so many have passed."""
        weeks, rest = divmod(passed - 1, self.a_week_s)
        span = bisect_left(self._ends, rest + 1)
        return weeks * WEEK_S + self.spans[span][1] - (self._ends[span] - rest - 1)

    def last_at(self, passed: int) -> int:
        """Return the last second at which no more have passed."""
        weeks, rest = divmod(passed, self.a_week_s)
        span = bisect_right(self._ends, rest)
        return weeks * WEEK_S + self.spans[span][1] - (self._ends[span] - rest)


@lru_cache(maxsize=256)
def parse_working_hours(text: str) -> WorkingHours:
    """Return the hours that a text describes; raise ValueError for anything else, and for a week without hours.

    Example:
        >>> hours = parse_working_hours("mon-fri 09:00-12:00 13:00-17:00, sat 10:00-14:00")
        >>> hours.a_week_s // 3600
        39
        >>> words_of(parse_working_hours("fri 09:00-17:00,  Mon-Thu 09:00-13:00 13:00-17:00"))
        'mon-fri 09:00-17:00'
    """
    if len(text) > LONGEST:
        raise ValueError("too long")
    spans = sorted(span for group in text.split(",") for span in _spans_of(" ".join(group.lower().split())))
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin < merged[-1][1]:
            raise ValueError("hours overlap")
        if merged and begin == merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return WorkingHours(tuple(merged))


def words_of(hours: WorkingHours) -> str:
    """Return the one text of these hours: equal hours have equal texts."""
    by_day = [" ".join(_words_of_day(hours, day)) for day in range(len(DAYS))]
    groups = [(list(days), text) for text, days in groupby(range(len(DAYS)), key=by_day.__getitem__) if text]
    return ", ".join(f"{_names(days)} {text}" for days, text in groups)


def instant_after(hours: WorkingHours, zone: str, since: int, seconds: int) -> int:
    """Return the first instant at which `seconds` of the hours have passed since an instant.

    It is monotone in both, and additive: after `a` and then `b` seconds is after `a + b`.
    """
    at, left = since, seconds
    while left > 0:
        offset, _, end = _constant_around(zone, at)
        passed = hours.passed(at + offset)
        reached = hours.first_at(passed + left) - offset
        if reached <= end:
            return reached
        left -= hours.passed(end + offset) - passed
        at = end
    return at


def latest_before(hours: WorkingHours, zone: str, until: int, seconds: int) -> int:
    """Return the last instant after which `seconds` of the hours have passed by `until`: the inverse of the above."""
    at, left = until, seconds
    while left > 0:
        offset, begin, _ = _constant_around(zone, at - 1)
        passed = hours.passed(at + offset)
        reached = hours.last_at(passed - left) - offset
        if reached >= begin:
            return reached
        left -= passed - hours.passed(begin + offset)
        at = begin
    return at


def shortest_s(hours: WorkingHours, seconds: int) -> int:
    """Return how long `seconds` of the hours last at least, on a wall clock that never changes."""
    begins = (begin for begin, _ in hours.spans)
    return min(hours.first_at(hours.passed(begin) + seconds) - begin for begin in begins)


def _spans_of(group: str) -> Iterator[tuple[int, int]]:
    match = re.fullmatch(_GROUP, group, re.ASCII)
    if match is None:
        raise ValueError(f"not hours such as {EXAMPLE}")
    first = DAYS.index(match["first"])
    last = DAYS.index(match["last"] or match["first"])
    for number in range((last - first) % len(DAYS) + 1):
        day = (first + number) % len(DAYS) * DAY_S
        for span in re.findall(_SPAN, match["spans"], re.ASCII):
            begin, end = _time(*span[:2]), _time(*span[2:])
            if begin >= end:
                raise ValueError("hours end before they begin")
            yield day + begin, day + end


def _time(hour: str, minute: str) -> int:
    seconds = (int(hour) * 60 + int(minute)) * MINUTE_S
    if int(minute) > 59 or seconds > DAY_S:
        raise ValueError("no time of a day")
    return seconds


def _words_of_day(hours: WorkingHours, day: int) -> Iterator[str]:
    for begin, end in hours.spans:
        first, last = max(begin, day * DAY_S), min(end, (day + 1) * DAY_S)
        if first < last:
            yield f"{_clock(first - day * DAY_S)}-{_clock(last - day * DAY_S)}"


def _clock(seconds: int) -> str:
    hour, minute = divmod(seconds // MINUTE_S, 60)
    return f"{hour:02d}:{minute:02d}"


def _names(days: list[int]) -> str:
    return DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"


def _constant_around(zone: str, at: int) -> tuple[int, int, int]:
    """Return the offset from an instant to the seconds of a week's wall clock, and from when to when it is constant.

    Both bounds are at most a year away.
    """
    year = datetime.fromtimestamp(at, UTC).year
    instants, offsets = _offsets(zone, year)
    number = bisect_right(instants, at) - 1
    return offsets[number] + _MONDAY_S, instants[number], instants[number + 1]


@lru_cache(maxsize=256)
def _offsets(zone: str, year: int) -> tuple[list[int], list[int]]:
    """Return the instants of a year from which each offset holds, with the next year's first; and the offsets.

    A zone has no two changes within a day.
    """
    info = ZoneInfo(zone)
    first, end = (int(datetime(number, 1, 1, tzinfo=UTC).timestamp()) for number in (year, year + 1))
    instants, offsets = [first], [_offset(info, first)]
    for day in range(first, end, DAY_S):
        after = _offset(info, day + DAY_S)
        if after != offsets[-1]:
            instants.append(_change_between(info, day, day + DAY_S))
            offsets.append(after)
    return [*instants, end], offsets


def _change_between(info: ZoneInfo, before: int, after: int) -> int:
    """Return the first second of the offset that holds at `after`."""
    old = _offset(info, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(info, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(info: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, info).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
