"""Limits compared with a plain model that remembers every lead with a place and counts on request (CAM-10)."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.campaigns.store import measures
from chalicelib.core.period_counts import PeriodCounts, at
from chalicelib.core.shares import Share, has_room
from chalicelib.intake.domain.limit_state import reached

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "America/Havana", "Pacific/Apia")
HOUR = 3_600
STARTS = [
    int(datetime.fromisoformat(text).timestamp())
    for text in (
        "2026-01-31T22:30:00+00:00",  # the end of a month
        "2026-02-28T23:00:00+00:00",
        "2026-03-08T04:30:00+00:00",  # clocks go forward in America
        "2026-03-29T00:30:00+00:00",  # and in Europe
        "2026-11-01T03:30:00+00:00",  # and back
        "2026-10-25T00:30:00+00:00",
        "2026-12-31T23:30:00+00:00",
    )
]


@dataclass
class LimitModel:
    """The instants at which places were taken. A clock that lags counts at the last instant."""

    limits: Limits
    zone: str
    taken: list[int] = field(default_factory=list)

    def reached_limit(self, now: int) -> str | None:
        now = max([now, *(item // 60 * 60 for item in self.taken)])
        moment = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.zone))
        local = [datetime.fromtimestamp(item, UTC).astimezone(ZoneInfo(self.zone)) for item in self.taken]
        counts = {
            "hourly": sum(item // 60 > now // 60 - 60 for item in self.taken),
            "daily": sum(item.date() == moment.date() for item in local),
            "monthly": sum((item.year, item.month) == (moment.year, moment.month) for item in local),
        }
        return next((name for name, n in counts.items() if _is_full(getattr(self.limits, name), n)), None)

    def take(self, now: int) -> None:
        self.taken.append(max([now, *(item // 60 * 60 for item in self.taken)]))


def _is_full(limit: int | None, count: int) -> bool:
    return limit is not None and count >= limit


def one_more(present: PeriodCounts) -> PeriodCounts:
    """Return the state after the store has counted one more lead."""
    return replace(present, taken=present.taken + 1, in_day=present.in_day + 1, in_month=present.in_month + 1)


LIMIT = st.one_of(st.none(), st.integers(0, 6))
STEPS = st.lists(
    st.one_of(
        st.integers(0, 59),
        st.integers(-300, 300),
        st.sampled_from([60, 3_540, 3_599, 3_600, 3_601, 86_399, 86_400]),
        st.integers(0, 40 * 86_400),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(
    limits=st.builds(Limits, LIMIT, LIMIT, LIMIT),
    zone=st.sampled_from(ZONES),
    start=st.sampled_from(STARTS),
    steps=STEPS,
)
def test_CAM_10_any_sequence_equals_counting_each_lead(
    limits: Limits, zone: str, start: int, steps: list[int]
) -> None:
    model, state, now = LimitModel(limits, zone), PeriodCounts(), start
    for step in [0, *steps]:
        now += step
        present = at(state, now, zone)
        named = reached(limits, present)
        assert named == model.reached_limit(now)
        assert has_room(Share(0, present, measures(limits))) is (named is None)
        assert present.minute >= state.minute
        if named is None:
            model.take(now)
            state = one_more(present)


def state_after(state: PeriodCounts, count: int, now: int, zone: str = "UTC") -> PeriodCounts:
    for _ in range(count):
        state = one_more(at(state, now, zone))
    return state


def test_CAM_10_an_hour_is_any_sixty_minutes() -> None:
    noon = STARTS[0] // HOUR * HOUR
    full = state_after(PeriodCounts(), 3, noon + 59)
    limits = Limits(hourly=3)
    assert reached(limits, at(full, noon + 59 * 60 + 59, "UTC")) == "hourly"
    assert reached(limits, at(full, noon + HOUR, "UTC")) is None


@pytest.mark.parametrize(
    ("zone", "last", "first"),
    [
        ("UTC", "2026-01-31T23:59:59+00:00", "2026-02-01T00:00:00+00:00"),
        ("America/New_York", "2026-02-01T04:59:59+00:00", "2026-02-01T05:00:00+00:00"),
        ("Asia/Kathmandu", "2026-01-31T18:14:59+00:00", "2026-01-31T18:15:00+00:00"),
    ],
)
def test_CAM_10_a_day_and_a_month_end_at_the_zone_s_midnight(zone: str, last: str, first: str) -> None:
    before, after_it = (int(datetime.fromisoformat(item).timestamp()) for item in (last, first))
    full = state_after(PeriodCounts(), 2, before - 7_200, zone)
    for limits, name in ((Limits(daily=2), "daily"), (Limits(monthly=2), "monthly")):
        assert reached(limits, at(full, before, zone)) == name
        assert reached(limits, at(full, after_it, zone)) is None


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25)])
def test_CAM_10_a_day_of_a_clock_change_has_its_real_length(day: str, hours: int) -> None:
    zone = "America/New_York"
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    start = int(midnight.timestamp())
    full = state_after(PeriodCounts(), 1, start, zone)
    assert reached(Limits(daily=1), at(full, start + hours * HOUR - 1, zone)) == "daily"
    assert reached(Limits(daily=1), at(full, start + hours * HOUR, zone)) is None
    assert (
        midnight.date() + timedelta(days=1)
        == datetime.fromtimestamp(start + hours * HOUR, ZoneInfo(zone)).date()
    )


def test_CAM_10_a_clock_that_goes_back_counts_in_the_latest_minute() -> None:
    midnight = int(datetime.fromisoformat("2026-02-01T00:00:00+00:00").timestamp())
    state = state_after(PeriodCounts(), 2, midnight)
    late = at(state, midnight - 5 * 60, "UTC")
    assert late == state
    assert reached(Limits(daily=2), late) == "daily"
    assert one_more(late).in_month == 3


def test_CAM_10_another_zone_does_not_restart_a_day_or_month() -> None:
    start = int(datetime.fromisoformat("2026-08-31T14:00:00+00:00").timestamp())  # September in Auckland
    state = PeriodCounts()
    for minutes, zone in enumerate(("Pacific/Auckland", "America/Los_Angeles", "Pacific/Auckland")):
        state = one_more(at(state, start + 60 * minutes, zone))
    assert (state.day, state.in_day, state.in_month) == ("2026-09-01", 3, 3)


def test_CAM_10_unset_is_unlimited_and_zero_allows_no_lead() -> None:
    busy = state_after(PeriodCounts(), 500, STARTS[0])
    assert reached(Limits(), busy) is None
    assert has_room(Share(0, busy, measures(Limits())))
    assert not Limits().are_set
    for limits, name in (
        (Limits(0), "hourly"),
        (Limits(None, 0), "daily"),
        (Limits(None, None, 0), "monthly"),
    ):
        assert limits.are_set
        assert reached(limits, at(PeriodCounts(), STARTS[0], "UTC")) == name


def test_CAM_10_the_limit_of_the_shortest_period_is_named() -> None:
    full = state_after(PeriodCounts(), 2, STARTS[0])
    assert reached(Limits(2, 2, 2), full) == "hourly"
    assert reached(Limits(3, 2, 2), full) == "daily"
    assert reached(Limits(3, 3, 2), full) == "monthly"


def test_CAM_10_counts_older_than_an_hour_are_dropped() -> None:
    state = PeriodCounts()
    for minute in range(200):
        state = one_more(at(state, STARTS[0] + minute * 60, "UTC"))
    assert len(state.before) == 59
    assert at(state, STARTS[0] + 400 * 60, "UTC").before == {}
