"""Working hours: how they are written, and the time that passes in them (WRK-6a, USE-U5)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.times import DAY_S, parse_instant
from chalicelib.organisation.domain.working_hours import (
    DAYS,
    WEEK_S,
    WorkingHours,
    instant_after,
    latest_before,
    parse_working_hours,
    shortest_s,
    words_of,
)

OFFICE = parse_working_hours("mon-fri 09:00-17:00")
ALWAYS = parse_working_hours("mon-sun 00:00-24:00")
HOUR = 3_600
ZONES = (
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Pacific/Kiritimati",
    "America/Scoresbysund",
)
FIRST, LAST = parse_instant("2025-01-01T00:00:00Z"), parse_instant("2028-12-31T00:00:00Z")


def hours_of(times: list[tuple[int, int, int]]) -> WorkingHours:
    """Return the hours of these days, quarter hours and lengths, as far as none overlaps."""
    spans: list[str] = []
    until: dict[int, int] = {}
    for day, begin, length in sorted(times):
        first, last = max(begin, until.get(day, 0)), min(96, begin + length)
        if first < last:
            until[day] = last
            spans.append(
                f"{DAYS[day]} {first // 4:02d}:{first % 4 * 15:02d}-{last // 4:02d}:{last % 4 * 15:02d}"
            )
    return parse_working_hours(", ".join(spans))


quarters = st.tuples(st.integers(0, 6), st.integers(0, 95), st.integers(1, 96))
hours_strategy = st.lists(quarters, min_size=1, max_size=8).map(hours_of)
zones = st.sampled_from(ZONES)
instants = st.integers(FIRST, LAST)


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, int]:
    """Return a zone, and an instant within three days of a change of its clock."""
    zone = draw(zones.filter(lambda name: name not in ("UTC", "Asia/Kolkata", "Pacific/Kiritimati")))
    info, at = ZoneInfo(zone), draw(instants)
    day = datetime.fromtimestamp(at, info)
    while day.utcoffset() == (datetime.fromtimestamp(day.timestamp() + DAY_S, info)).utcoffset():
        day = datetime.fromtimestamp(day.timestamp() + DAY_S, info)
    return zone, int(day.timestamp()) + draw(st.integers(-2 * DAY_S, 2 * DAY_S))


places = st.one_of(st.tuples(zones, instants), changes())


def is_working(hours: WorkingHours, zone: str, at: int) -> bool:
    """Return whether the wall clock of a zone shows a time of the hours: the plain meaning of the rule."""
    wall = datetime.fromtimestamp(at, ZoneInfo(zone))
    second = wall.weekday() * DAY_S + wall.hour * HOUR + wall.minute * 60 + wall.second
    return any(begin <= second < end for begin, end in hours.spans)


def walked(hours: WorkingHours, zone: str, since: int, minutes: int) -> int:
    """Return the instant after which so many minutes of the hours have passed, minute by minute."""
    at = since
    while minutes:
        minutes -= is_working(hours, zone, at)
        at += 60
    return at


@given(place=places, hours=hours_strategy, minutes=st.integers(1, 600))
def test_WRK_6a_the_arithmetic_is_that_of_the_wall_clock(
    place: tuple[str, int], hours: WorkingHours, minutes: int
) -> None:
    zone, since = place[0], place[1] - place[1] % 60
    minutes = min(minutes, 2 * hours.a_week_s // 60)
    assert instant_after(hours, zone, since, minutes * 60) == walked(hours, zone, since, minutes)


@given(place=places, hours=hours_strategy, first=st.integers(1, 30 * DAY_S), more=st.integers(1, 30 * DAY_S))
def test_WRK_6a_periods_add_up(place: tuple[str, int], hours: WorkingHours, first: int, more: int) -> None:
    zone, since = place
    first, more = first % (3 * hours.a_week_s) + 1, more % (3 * hours.a_week_s) + 1
    half_way = instant_after(hours, zone, since, first)
    assert instant_after(hours, zone, half_way, more) == instant_after(hours, zone, since, first + more)


@given(
    place=places, hours=hours_strategy, seconds=st.integers(1, 30 * DAY_S), later=st.integers(0, 9 * DAY_S)
)
def test_WRK_6a_later_activity_never_retires_earlier(
    place: tuple[str, int], hours: WorkingHours, seconds: int, later: int
) -> None:
    zone, since = place
    seconds = seconds % (3 * hours.a_week_s) + 1
    end = instant_after(hours, zone, since, seconds)
    assert end >= since + seconds, "never earlier than without working hours"
    assert instant_after(hours, zone, since + later, seconds) >= end
    assert instant_after(hours, zone, since, seconds + 1) > end
    assert is_working(hours, zone, end - 1), "the clock runs in its last second"


@given(place=places, hours=hours_strategy, seconds=st.integers(1, 30 * DAY_S))
def test_WRK_6a_the_latest_overdue_activity_is_the_exact_inverse(
    place: tuple[str, int], hours: WorkingHours, seconds: int
) -> None:
    zone, until = place
    seconds = seconds % (3 * hours.a_week_s) + 1
    since = latest_before(hours, zone, until, seconds)
    assert (
        instant_after(hours, zone, since, seconds) <= until < instant_after(hours, zone, since + 1, seconds)
    )


@given(place=places, seconds=st.integers(1, 400 * DAY_S))
def test_WRK_6a_all_hours_of_a_week_are_plain_time(place: tuple[str, int], seconds: int) -> None:
    zone, at = place
    assert instant_after(ALWAYS, zone, at, seconds) == at + seconds
    assert latest_before(ALWAYS, zone, at, seconds) == at - seconds


@given(hours=hours_strategy, since=instants, seconds=st.integers(1, 30 * DAY_S))
def test_WRK_6a_no_period_is_shorter_than_the_shortest(hours: WorkingHours, since: int, seconds: int) -> None:
    seconds = seconds % (3 * hours.a_week_s) + 1
    shortest = shortest_s(hours, seconds)
    assert instant_after(hours, "UTC", since, seconds) - since >= shortest
    assert any(
        instant_after(hours, "UTC", FIRST - FIRST % WEEK_S - 3 * DAY_S + begin, seconds)
        == FIRST - FIRST % WEEK_S - 3 * DAY_S + begin + shortest
        for begin, _ in hours.spans
    )


@given(hours=hours_strategy)
def test_WRK_6a_equal_hours_have_one_text(hours: WorkingHours) -> None:
    text = words_of(hours)
    assert parse_working_hours(text) == hours
    assert words_of(parse_working_hours(text.upper().replace(", ", ",  "))) == text


@pytest.mark.parametrize(
    ("zone", "since", "seconds", "expected"),
    [
        ("UTC", "2026-11-27T16:59:00Z", 60, "2026-11-27T17:00:00Z"),
        ("UTC", "2026-11-27T16:59:00Z", 61, "2026-11-30T09:00:01Z"),
        ("UTC", "2026-11-28T12:00:00Z", 16 * HOUR, "2026-12-01T17:00:00Z"),
        ("America/New_York", "2026-11-27T16:59:00-05:00", 60, "2026-11-27T17:00:00-05:00"),
        ("America/New_York", "2026-10-30T16:00:00-04:00", 2 * HOUR, "2026-11-02T10:00:00-05:00"),
        ("Europe/Berlin", "2027-03-26T16:00:00+01:00", 2 * HOUR, "2027-03-29T10:00:00+02:00"),
        ("Europe/Berlin", "2027-12-31T16:00:00+01:00", 2 * HOUR, "2028-01-03T10:00:00+01:00"),
    ],
)
def test_WRK_6a_office_hours_in_a_zone(zone: str, since: str, seconds: int, expected: str) -> None:
    assert instant_after(OFFICE, zone, parse_instant(since), seconds) == parse_instant(expected)


@pytest.mark.parametrize(
    ("text", "since", "seconds", "expected"),
    [
        ("sun 01:00-02:00", "2026-11-01T00:00:00-04:00", 2 * HOUR, "2026-11-01T02:00:00-05:00"),
        ("sun 01:30-02:30", "2026-11-01T00:00:00-04:00", 90 * 60, "2026-11-01T02:30:00-05:00"),
        ("sun 01:30-02:30", "2026-11-01T00:00:00-04:00", 31 * 60, "2026-11-01T01:31:00-05:00"),
        ("sun 02:00-03:00", "2026-03-08T00:00:00-05:00", HOUR, "2026-03-15T03:00:00-04:00"),
        ("sun 01:00-03:30", "2026-03-08T00:00:00-05:00", 90 * 60, "2026-03-08T03:30:00-04:00"),
    ],
)
def test_WRK_6a_an_hour_shown_twice_counts_twice_and_a_skipped_one_does_not(
    text: str, since: str, seconds: int, expected: str
) -> None:
    hours = parse_working_hours(text)
    assert instant_after(hours, "America/New_York", parse_instant(since), seconds) == parse_instant(expected)


@pytest.mark.parametrize(
    ("text", "stored", "hours"),
    [
        ("mon-fri 09:00-17:00", "mon-fri 09:00-17:00", 40),
        ("Mon-Fri  09:00-12:00  13:00-17:00 ,SAT 10:00-14:00", None, 39),
        ("fri-mon 10:00-11:00", "mon 10:00-11:00, fri-sun 10:00-11:00", 4),
        ("mon 09:00-12:00, mon 12:00-17:00", "mon 09:00-17:00", 8),
        ("sun 00:00-24:00, mon 00:00-06:00", "mon 00:00-06:00, sun 00:00-24:00", 30),
        ("mon 22:00-24:00, tue 00:00-06:00", "mon 22:00-24:00, tue 00:00-06:00", 8),
        ("mon-sun 00:00-24:00", "mon-sun 00:00-24:00", 168),
        ("wed 09:00-10:00, mon 09:00-10:00", "mon 09:00-10:00, wed 09:00-10:00", 2),
    ],
)
def test_WRK_6a_hours_are_written_in_one_form(text: str, stored: str | None, hours: int) -> None:
    parsed = parse_working_hours(text)
    assert parsed.a_week_s == hours * HOUR
    assert words_of(parsed) == (stored or "mon-fri 09:00-12:00 13:00-17:00, sat 10:00-14:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ",",
        "mon-fri",
        "09:00-17:00",
        "mon 09:00-09:00",
        "mon 17:00-09:00",
        "mon 09:00-24:01",
        "mon 09:60-10:00",
        "mon 9:00-17:00",
        "mon 25:00-26:00",
        "montag 09:00-17:00",
        "mon-fri 09:00-17:00, wed 10:00-11:00",
        "mon 09:00-12:00 11:00-13:00",
        "mon-fri 09:00-17:00,",
        "mon;tue 09:00-17:00",
        "mon ٠٩:00-17:00",
        "mon 09:00-17:00\n, tue 09:00-17:00 x",
        ", ".join(["mon 09:00-17:00"] * 40),
    ],
)
def test_WRK_6a_other_texts_and_weeks_without_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_working_hours(text)


def test_WRK_6a_a_year_of_hours_is_found_in_any_zone() -> None:
    since = int(datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC).timestamp())
    for zone in ZONES:
        end = instant_after(OFFICE, zone, since, 52 * OFFICE.a_week_s)
        assert abs(end - since - 364 * DAY_S) < timedelta(days=3).total_seconds()
        assert latest_before(OFFICE, zone, end, 52 * OFFICE.a_week_s) >= since
