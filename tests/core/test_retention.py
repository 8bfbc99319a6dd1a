"""The instant at which a lead's person must be erased, and its origin (RET)."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.retention import (
    MAX_AHEAD_S,
    MAX_DAYS,
    NO_POLICY_REASONS,
    DeadlineOrigin,
    Policy,
    Retention,
    RetentionState,
    Setting,
    at_receipt,
    due_after,
    expires_at,
    gone,
    setting_of_days,
    setting_of_none,
    setting_until,
)
from chalicelib.core.times import DAY_S

GOLDEN = 1578642300  # 2020-01-09 23:45 PST
PACIFIC = ZoneInfo("America/Los_Angeles")
NOW = 1_700_000_000

instants = st.integers(min_value=0, max_value=4_000_000_000)
days = st.integers(min_value=1, max_value=MAX_DAYS)
maybe_days = st.none() | days
maybe_instants = st.none() | instants


@st.composite
def retentions(draw: st.DrawFn) -> Retention:
    """Any retention that the rules allow."""
    received_at = draw(instants)
    policy = Policy(draw(maybe_days), draw(maybe_days))
    setting = draw(st.none() | st.builds(Setting, maybe_instants))
    return Retention(
        received_at,
        policy,
        test=draw(st.booleans()),
        rejected=draw(st.booleans()),
        setting=setting,
        outcome_due_at=draw(maybe_instants),
        forgotten_at=draw(maybe_instants),
        hold_until=draw(maybe_instants),
        base_due_at=None if policy.days is None else due_after(received_at, policy.days),
    )


@given(instants, maybe_days, maybe_days, st.booleans(), st.booleans())
def test_RET_11_at_receipt_the_initial_deadline_is_the_deadline(
    received_at: int, days: int | None, rejected_days: int | None, test: bool, rejected: bool
) -> None:
    retention = at_receipt(received_at, Policy(days, rejected_days), test=test, rejected=rejected)
    stored = Retention(received_at, Policy(days, rejected_days), test=test, rejected=rejected)
    assert retention.base_due_at == retention.due_at == stored.due_at
    assert replace(retention, base_due_at=None) == stored


def test_RET_3_the_golden_case_keeps_date_and_time_of_day() -> None:
    due = Retention(GOLDEN, Policy(10)).due_at

    assert due == 1579506300
    assert datetime.fromtimestamp(due, PACIFIC).isoformat() == "2020-01-19T23:45:00-08:00"


@given(received_at=instants, number=days)
@example(received_at=GOLDEN, number=10)
@example(received_at=1582934399, number=1)  # the last second before 29 February 2020
@example(received_at=1709164800, number=366)  # 29 February 2024
@example(received_at=1583657999, number=1)  # the last second before daylight saving in Los Angeles
def test_RET_3_the_deadline_is_in_UTC_and_elapsed_seconds(received_at: int, number: int) -> None:
    due = Retention(received_at, Policy(number)).due_at

    assert due is not None
    assert due - received_at == number * DAY_S
    before, after = (datetime.fromtimestamp(instant, UTC) for instant in (received_at, due))
    assert before.time() == after.time()
    assert (after.date() - before.date()).days == number


def test_RET_3_daylight_saving_never_shortens_the_retention() -> None:
    # given a lead of the evening before the clocks go forward
    received_at = int(datetime(2020, 3, 7, 23, 45, tzinfo=PACIFIC).timestamp())

    # when one day has passed
    due = due_after(received_at, 1)

    # then 24 hours have passed, and the wall clock shows an hour more
    assert due - received_at == 86_400
    assert datetime.fromtimestamp(due, PACIFIC).isoformat() == "2020-03-09T00:45:00-07:00"


@pytest.mark.parametrize("number", [1, 29, 365, MAX_DAYS])
def test_RET_1_a_policy_counts_whole_days(number: int) -> None:
    assert Retention(NOW, Policy(number)).due_at == NOW + number * 86_400


def test_RET_1_without_a_policy_there_is_no_end() -> None:
    retention = Retention(NOW)

    assert (retention.due_at, retention.erase_at, retention.initial_deadline) == (None, None, None)
    assert retention.origin is DeadlineOrigin.NONE
    assert expires_at(retention.erase_at, NOW) is None


@pytest.mark.parametrize(
    ("policy", "rejected", "expected", "origin"),
    [
        (Policy(10, 3), False, 10, DeadlineOrigin.CAMPAIGN),
        (Policy(10, 3), True, 3, DeadlineOrigin.REJECTED),
        (Policy(10, 30), True, 30, DeadlineOrigin.REJECTED),
        (Policy(10), True, 10, DeadlineOrigin.CAMPAIGN),
        (Policy(None, 3), True, 3, DeadlineOrigin.REJECTED),
        (Policy(None, 3), False, None, DeadlineOrigin.NONE),
    ],
)
def test_RET_6_rejected_days_win_whether_longer_or_shorter(
    policy: Policy, rejected: bool, expected: int | None, origin: DeadlineOrigin
) -> None:
    retention = Retention(NOW, policy, rejected=rejected)

    assert (retention.days, retention.origin) == (expected, origin)
    assert retention.due_at == (None if expected is None else NOW + expected * DAY_S)


@given(retentions())
def test_RET_6_a_released_lead_is_as_if_it_was_never_rejected(retention: Retention) -> None:
    never = replace(retention, rejected=False)

    assert replace(replace(never, rejected=True), rejected=False).due_at == never.due_at


def test_RET_8_each_stronger_reason_wins_over_the_weaker() -> None:
    # given a lead to which every retention rule applies
    everything = Retention(
        NOW,
        Policy(10, 5),
        test=True,
        rejected=True,
        setting=Setting(NOW + 20 * DAY_S, days=20),
        outcome_due_at=NOW + 60 * DAY_S,
        forgotten_at=NOW + 7,
        hold_until=NOW + 90 * DAY_S,
        base_due_at=NOW + 10 * DAY_S,
    )

    # when the strongest reasons are taken away one by one
    shown_values = []
    for change in (
        {},
        {"forgotten_at": None},
        {"hold_until": None},
        {"test": False},
        {"setting": None},
        {"outcome_due_at": None},
        {"rejected": False},
        {"policy": Policy()},
    ):
        everything = replace(everything, **change)
        shown_values.append((everything.origin, everything.erase_at))

    # then the next one decides
    assert shown_values == [
        (DeadlineOrigin.FORGET, NOW + 7),
        (DeadlineOrigin.LEGAL_HOLD, NOW + 90 * DAY_S),
        (DeadlineOrigin.TEST, NOW + DAY_S),
        (DeadlineOrigin.LEAD, NOW + 20 * DAY_S),
        (DeadlineOrigin.OUTCOME, NOW + 60 * DAY_S),
        (DeadlineOrigin.REJECTED, NOW + 5 * DAY_S),
        (DeadlineOrigin.CAMPAIGN, NOW + 10 * DAY_S),
        (DeadlineOrigin.NONE, None),
    ]


def test_RET_8_a_setting_of_none_wins_over_the_campaign() -> None:
    retention = Retention(NOW, Policy(10), setting=setting_of_none("contract"))

    assert (retention.origin, retention.due_at, retention.days) == (DeadlineOrigin.LEAD, None, None)


def test_RET_8_a_legal_hold_extends_the_deadline_and_never_shortens_it() -> None:
    due = NOW + 10 * DAY_S

    assert Retention(NOW, Policy(10), hold_until=due + 5).erase_at == due + 5
    assert Retention(NOW, Policy(10), hold_until=due - 5).erase_at == due


@given(retentions())
def test_RET_8_a_legal_hold_is_the_origin_only_if_it_moves_the_end(retention: Retention) -> None:
    without = replace(retention, hold_until=None)

    moved = retention.erase_at != without.erase_at

    assert retention.origin is (DeadlineOrigin.LEGAL_HOLD if moved else without.origin)
    assert (retention.due_at, retention.days) == (without.due_at, without.days)


def test_RET_8_a_forget_wins_over_a_legal_hold() -> None:
    assert Retention(NOW, Policy(10), forgotten_at=NOW, hold_until=NOW + DAY_S).erase_at == NOW


@pytest.mark.parametrize(
    ("retention", "now", "erased", "expected"),
    [
        (Retention(NOW), NOW + 10**9, False, RetentionState.NONE),
        (Retention(NOW, Policy(1)), NOW + DAY_S - 1, False, RetentionState.COUNTING),
        (Retention(NOW, Policy(1)), NOW + DAY_S, False, RetentionState.QUEUED),
        (Retention(NOW, Policy(1)), NOW + DAY_S, True, RetentionState.ERASED),
        (Retention(NOW, Policy(1), hold_until=NOW + 2 * DAY_S), NOW, False, RetentionState.LEGAL_HOLD),
        (
            Retention(NOW, Policy(1), hold_until=NOW + 2 * DAY_S),
            NOW + 2 * DAY_S - 1,
            False,
            RetentionState.LEGAL_HOLD,
        ),
        (
            Retention(NOW, Policy(1), hold_until=NOW + 2 * DAY_S),
            NOW + 2 * DAY_S,
            False,
            RetentionState.QUEUED,
        ),
        (Retention(NOW, Policy(9), hold_until=NOW + DAY_S), NOW + DAY_S, False, RetentionState.COUNTING),
        (Retention(NOW, Policy(1), forgotten_at=NOW), NOW, False, RetentionState.QUEUED),
    ],
)
def test_RET_9_the_state_is_shown_to_readers(
    retention: Retention, now: int, erased: bool, expected: RetentionState
) -> None:
    assert retention.state(now, erased) is expected


@given(retentions(), instants)
def test_RET_9_queued_means_past_the_end_and_not_erased(retention: Retention, now: int) -> None:
    assert (retention.state(now, False) is RetentionState.QUEUED) == gone(retention.erase_at, now)
    assert retention.state(now, True) is RetentionState.ERASED


@pytest.mark.parametrize("number", [-1, 0, MAX_DAYS + 1])
def test_RET_10_days_out_of_range_are_refused(number: int) -> None:
    with pytest.raises(Invalid):
        setting_of_days(NOW, number, NOW)


def test_RET_10_days_that_end_in_the_past_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        setting_of_days(NOW, 3, NOW + 3 * DAY_S)

    assert [error.field for error in refused.value.fields] == ["days"]


def test_RET_10_days_may_shorten_extend_or_start() -> None:
    assert setting_of_days(NOW, 3, NOW + DAY_S) == Setting(NOW + 3 * DAY_S, days=3)
    assert setting_of_days(NOW, MAX_DAYS, NOW).due_at == NOW + MAX_AHEAD_S


@pytest.mark.parametrize("instant", [NOW - 1, NOW, NOW + MAX_AHEAD_S + 1])
def test_RET_10_an_instant_in_the_past_or_too_far_ahead_is_refused(instant: int) -> None:
    with pytest.raises(Invalid) as refused:
        setting_until(instant, NOW)

    assert [error.field for error in refused.value.fields] == ["until"]


def test_RET_10_an_instant_is_exact_to_the_second() -> None:
    assert setting_until(NOW + 1, NOW) == Setting(NOW + 1)


def test_RET_10_removing_the_policy_needs_a_listed_reason() -> None:
    for reason in NO_POLICY_REASONS:
        assert setting_of_none(reason) == Setting(None, reason=reason)
    with pytest.raises(Invalid) as refused:
        setting_of_none("because")
    assert "because" not in str(refused.value.fields)


@given(retentions(), st.integers(min_value=-3, max_value=3))
def test_RET_11_nothing_changes_from_the_initial_deadline_on(retention: Retention, offset: int) -> None:
    deadline = retention.initial_deadline
    known = [item for item in (retention.base_due_at, retention.due_at) if item is not None]
    assert deadline == (min(known) if known else None)
    if deadline is None:
        retention.require_changeable(NOW)
        return
    if offset < 0:
        retention.require_changeable(deadline + offset)
        return
    with pytest.raises(Conflict) as refused:
        retention.require_changeable(deadline + offset)
    assert refused.value.code == "deadline_passed"


def test_RET_11_extending_does_not_move_the_initial_deadline() -> None:
    retention = Retention(NOW, Policy(10), base_due_at=NOW + 10 * DAY_S)

    extended = replace(retention, setting=setting_of_days(NOW, 30, NOW))

    assert extended.initial_deadline == NOW + 10 * DAY_S


def test_RET_11_shortening_moves_the_initial_deadline_forward() -> None:
    retention = Retention(NOW, Policy(10), base_due_at=NOW + 10 * DAY_S)

    assert replace(retention, setting=setting_of_days(NOW, 2, NOW)).initial_deadline == NOW + 2 * DAY_S


@given(retentions())
def test_RET_19_without_a_deadline_a_legal_hold_sets_no_end(retention: Retention) -> None:
    if retention.due_at is None:
        assert retention.erase_at is None
    else:
        assert retention.erase_at is not None
        assert retention.erase_at >= retention.due_at


@given(st.none() | instants, instants)
def test_RET_14_an_ended_person_never_returns(end: int | None, now: int) -> None:
    assert gone(end, now) == (end is not None and end <= now)
    if gone(end, now):
        assert gone(end, now + 1)


@given(st.integers(min_value=-10 * DAY_S, max_value=MAX_AHEAD_S), instants)
def test_data_model_a_TTL_stamp_is_in_the_next_ten_years(ahead: int, now: int) -> None:
    stamp = expires_at(now + ahead, now)

    assert isinstance(stamp, int)
    assert now < stamp <= now + MAX_AHEAD_S
    assert stamp >= now + ahead


def test_data_model_a_TTL_stamp_in_milliseconds_is_refused() -> None:
    with pytest.raises(ValueError, match="ten years"):
        expires_at(NOW * 1000, NOW)
