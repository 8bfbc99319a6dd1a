"""Instants, days and durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import times

instants = st.integers(min_value=0, max_value=4_000_000_000)


def test_an_instant_is_written_as_ISO_8601_in_UTC() -> None:
    assert times.iso(1579506300) == "2020-01-20T07:45:00Z"
    assert times.optional_iso(None) is None
    assert times.optional_iso(0) == "1970-01-01T00:00:00Z"


@given(instants)
def test_a_written_instant_is_read_back(instant: int) -> None:
    assert times.parse_instant(times.iso(instant)) == instant


@pytest.mark.parametrize(
    "text", ["2020-01-19T23:45:00-08:00", "2020-01-20T07:45:00.999Z", "20200120T074500Z"]
)
def test_an_instant_in_any_zone_is_the_same_second(text: str) -> None:
    assert times.parse_instant(text) == 1579506300


@pytest.mark.parametrize(
    "text", ["2020-01-20T07:45:00", "2020-01-20", "tomorrow", "", "2020-02-30T00:00:00Z"]
)
def test_an_instant_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        times.parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-W47-6T08:30:00Z", "2026W476T083000Z", "2026-W47-6 08:30+01:00", "2026-W47T08:30:00Z"),
        *("2026-W01-1T00:00:00Z", "2026W47T083000Z"),
    ],
)
def test_INT_7_the_day_of_a_week_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        times.parse_instant(text)


@pytest.mark.parametrize("sign", [*"XxW-+_.,:/0", "1", "\t", "\n", "\u00a0", "\u2003", "  ", ""])
@pytest.mark.parametrize("day", ["2020-01-20", "20200120"])
def test_FILE_C3_no_other_sign_is_between_day_and_time(day: str, sign: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        times.parse_instant(f"{day}{sign}07:45Z")


@pytest.mark.parametrize("text", ["2020-01-20 07:45Z", "2020-01-20t07:45+00:00", "20200120 0745Z"])
def test_FILE_C3_T_or_a_blank_is_between_day_and_time(text: str) -> None:
    assert times.parse_instant(text) == 1579506300


@given(instants)
def test_a_day_contains_its_instants(instant: int) -> None:
    start = times.day_start(times.utc_day(instant))

    assert start <= instant < start + times.DAY_S
    assert start % times.DAY_S == 0


@pytest.mark.parametrize("text", ["2020-02-30", "20200220", "2020-W08-4", "2020-2-20", "", "today"])
def test_a_day_has_one_spelling_only(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        times.day_start(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT1M", 60),
        ("PT6H", 21_600),
        ("PT0S", 0),
        ("P14D", 1_209_600),
        ("P365D", 31_536_000),
        ("P1DT2H3M4S", 93_784),
    ],
)
def test_WRK_6_durations_are_ISO_8601(text: str, expected: int) -> None:
    assert times.seconds_of(text) == expected


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1W", "P1M", "1D", "P-1D", "P1.5D", "PT1H ", "P\u0661D"]
)
def test_WRK_6_an_invalid_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        times.seconds_of(text)


@pytest.mark.parametrize("name", ["UTC", "America/Los_Angeles", "Europe/Berlin"])
def test_a_zone_of_the_database_is_accepted(name: str) -> None:
    assert times.is_zone(name)


@pytest.mark.parametrize("name", ["", "America", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "a\x00b"])
def test_any_other_zone_is_refused(name: str) -> None:
    assert not times.is_zone(name)


@pytest.mark.parametrize(
    ("day", "zone", "first", "after"),
    [
        ("2026-12-31", "UTC", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-12-31", "America/Los_Angeles", "2026-12-31T08:00:00Z", "2027-01-01T08:00:00Z"),
        ("2026-03-08", "America/Los_Angeles", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"),
        ("2026-11-01", "America/Los_Angeles", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"),
        ("2024-04-26", "Africa/Cairo", "2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z"),  # 00:00 was 01:00
        ("2028-02-29", "Asia/Kathmandu", "2028-02-28T18:15:00Z", "2028-02-29T18:15:00Z"),
    ],
)
def test_USE_U10_a_day_begins_and_ends_in_its_zone(day: str, zone: str, first: str, after: str) -> None:
    moment = times.read_moment(day)

    assert (times.iso(times.starts_at(moment, zone)), times.iso(times.ends_at(moment, zone))) == (
        first,
        after,
    )


@given(instants, st.sampled_from(["UTC", "America/Havana", "Pacific/Apia", "Europe/Berlin", "Asia/Tehran"]))
def test_USE_U10_an_instant_is_within_its_own_day(instant: int, zone: str) -> None:
    day = times.read_moment(times.local_day(instant, zone))

    assert times.starts_at(day, zone) <= instant < times.ends_at(day, zone)


@given(instants)
def test_USE_U10_an_instant_is_read_as_it_is_in_any_zone(instant: int) -> None:
    read = times.read_moment(times.iso(instant))

    assert times.starts_at(read, "Asia/Tokyo") == times.ends_at(read, "UTC") == instant


@given(st.text(max_size=20) | st.from_regex(r"\d{4}-\d\d-\d\d", fullmatch=True))
def test_USE_U10_any_text_is_a_moment_or_refused(text: str) -> None:
    if times.is_moment(text):
        assert times.starts_at(times.read_moment(text), "UTC") <= times.ends_at(
            times.read_moment(text), "UTC"
        )
