"""Days that are over become one row, and every reader still sees the same sums (data-model.md, Statistics)."""

from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from chalicelib import clock
from chalicelib.aws.dynamodb import counters, folding
from chalicelib.aws.dynamodb.batch import Update
from chalicelib.aws.dynamodb.counters import CounterRow
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.intake.handlers.after_intake import after_intake
from chalicelib.reports.usecases.fold_statistics import fold_statistics
from chalicelib.reports.usecases.report_campaign import report_campaign
from tests.factories.leads import DAY, MANAGER, NOW, create_campaign, create_organisation
from tests.factories.rows import write
from tests.harness.faults import (
    Crash,
    conflicting,
    denied,
    dying,
    dying_after,
    fault,
    first,
    lost,
    meanwhile,
    step,
)

STATISTICS, REFUSALS = "statistics#cmp_1", "refusals#cmp_1"
OLD = NOW - 4 * DAY
TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    create_organisation()


def count(name: str, amount: int, write_id: str, at: int = OLD, campaign_id: str = "cmp_1") -> Update:
    return counters.add_statistics(campaign_id, at, {name: amount}, write_id)


def create_spread_day(at: int = OLD, campaign_id: str = "cmp_1") -> None:
    """Count 100 leads, of which 40 were moved to another status; the numbers of some rows are negative."""
    for number in range(100):
        write(count("accepted", 1, f"count {number}", at, campaign_id))
    for number in range(40):
        write(count("accepted", -1, f"review {number}", at, campaign_id))
        write(count("rejected", 1, f"review {number}", at, campaign_id))


def fold() -> int:
    return fold_statistics(lambda: True, NOW)


def slots(counter: str = STATISTICS) -> list[str]:
    return [row.slot for row in CounterRow.query(counter)]


def sums(at: int = OLD, counter: str = STATISTICS) -> dict[str, int]:
    return counters.read_day(counter, utc_day(at))


def test_data_model_days_older_than_three_become_one_row_with_the_same_sums() -> None:
    for back in range(3, 6):
        create_spread_day(NOW - back * DAY)

    assert fold() == 2

    days = [utc_day(NOW - back * DAY) for back in (5, 4, 3)]
    assert [slot for slot in slots() if "#" not in slot] == days
    assert {slot.partition("#")[0] for slot in slots() if "#" in slot} == {days[2]}
    for back in range(3, 6):
        assert sums(NOW - back * DAY) == {"accepted": 60, "rejected": 40}
    assert fold() == 0


@pytest.mark.parametrize(("second", "folded"), [(DAY - 1, 0), (DAY, 1)])
def test_data_model_a_day_is_folded_from_its_fourth_midnight_on(second: int, folded: int) -> None:
    midnight = NOW - NOW % DAY
    create_spread_day(midnight - 3 * DAY)

    assert fold_statistics(lambda: True, midnight + second) == folded


def test_data_model_the_report_reads_spread_and_folded_days_with_two_queries() -> None:
    for back in range(6):
        create_spread_day(NOW - back * DAY)
        for number in range(50):
            write(counters.add_rejection("cmp_1", "blocked", "form", f"req_{number}", NOW - back * DAY))

    def report() -> Any:
        return report_campaign(MANAGER, "cmp_1", utc_day(NOW - 6 * DAY), utc_day(NOW), NOW)

    before = report()
    fold()

    assert report() == before
    assert before.total.leads == {"accepted": 360, "rejected": 240}
    assert before.total.refused == {"blocked": 300}
    assert counters.refused_on("cmp_1", utc_day(OLD)) == {("form", "blocked"): 50}


def test_data_model_an_erasure_after_the_fold_counts_and_is_folded_the_next_time() -> None:
    create_spread_day()
    fold()
    for number in range(9):
        write(count("erased", 1, f"erased {number}"))
    assert len(slots()) > 1

    assert fold() == 1

    assert slots() == [utc_day(OLD)]
    assert sums() == {"accepted": 60, "rejected": 40, "erased": 9}


def test_data_model_the_row_and_refusals_of_an_earlier_release_keep_their_numbers() -> None:
    """They have no mark."""
    day = utc_day(OLD)
    CounterRow(STATISTICS, day).update([Path(["accepted"]).add(7)])
    for number in range(16):
        CounterRow(REFUSALS, f"{day}#{number:02d}").update([Path(["blocked"]).add(2)])
    create_spread_day()

    assert fold() == 2

    assert sums()["accepted"] == 67
    assert (sums(counter=REFUSALS), slots(REFUSALS)) == ({"blocked": 32}, [day])


def write_again() -> None:
    """Count more in each row."""
    for number in range(100):
        write(count("accepted", 1, f"later {number}"))
        write(count("late", 1, f"late {number}"))


@pytest.mark.parametrize("number", [1, 2])
def test_data_model_what_is_counted_during_the_fold_is_not_lost(number: int) -> None:
    create_spread_day()

    with fault(meanwhile(write_again), on=TRANSACTION, when=step(number)) as fired:
        fold()

    assert len(fired) == (number == 1)
    assert sums() == {"accepted": 60 + 100 * len(fired), "rejected": 40} | ({"late": 100} if fired else {})
    assert len(slots()) == 1


def test_data_model_without_the_mark_a_count_during_the_fold_would_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folding, "_as_read", lambda _: CounterRow.counter.exists())
    create_spread_day()

    with fault(meanwhile(write_again), on=TRANSACTION, when=step(1)):
        fold()

    assert sums()["accepted"] < 160


def test_data_model_two_folds_at_once_move_each_number_once() -> None:
    create_spread_day()

    with fault(meanwhile(fold), on=TRANSACTION, when=step(1)):
        fold()

    assert (sums(), len(slots())) == ({"accepted": 60, "rejected": 40}, 1)


@pytest.mark.parametrize("crash", [dying, dying_after])
def test_data_model_a_killed_fold_is_taken_up_by_the_next(crash: Any) -> None:
    create_spread_day()

    with fault(crash, on=TRANSACTION, when=step(1)), pytest.raises(Crash):
        fold()
    assert sums() == {"accepted": 60, "rejected": 40}
    fold()

    assert (sums(), len(slots())) == ({"accepted": 60, "rejected": 40}, 1)


@pytest.mark.parametrize("trouble", [lost, conflicting])
def test_data_model_a_lost_answer_and_a_conflict_change_nothing(trouble: Any) -> None:
    create_spread_day()

    with fault(trouble, on=TRANSACTION, when=first(1)) as fired:
        assert fold() == 1

    assert len(fired) == 1
    assert (sums(), len(slots())) == ({"accepted": 60, "rejected": 40}, 1)


def test_data_model_a_day_with_very_many_numbers_moves_in_parts() -> None:
    """An expression has at most 4 KB."""
    names = [f"category:accepted:a label that is rather long {number}" for number in range(400)]
    for number, name in enumerate(names):
        write(count(name, 1, f"count {number}"))
    sent: list[int] = []

    with fault(lambda attempt: sent.append(len(attempt.body["TransactItems"])), on=TRANSACTION):
        fold()

    assert len(sent) == 3
    assert (sums(), len(slots())) == (dict.fromkeys(names, 1), 1)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_data_model_two_folds_in_parts_at_once_move_each_number_once(at: int) -> None:
    names = [f"name {number}" for number in range(400)]
    for number, name in enumerate(names):
        write(count(name, 1, f"count {number}"))

    with fault(meanwhile(fold), on=TRANSACTION, when=step(at)):
        fold()

    assert (sums(), len(slots())) == (dict.fromkeys(names, 1), 1)


def test_data_model_a_campaign_that_cannot_be_folded_stops_no_other() -> None:
    create_campaign("cmp_2", policy=Policy(10))
    for campaign_id in ("cmp_1", "cmp_2"):
        create_spread_day(campaign_id=campaign_id)

    with fault(denied, on=TRANSACTION, when=first(1)) as fired:
        assert fold() == 1

    assert len(fired) == 1
    assert fold() == 1


def test_data_model_without_time_nothing_is_folded() -> None:
    create_spread_day()

    assert fold_statistics(lambda: False, NOW) == 0
    assert len(slots()) == 32


def test_data_model_the_daily_event_of_the_stream_function_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 60_000

    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_spread_day()

    assert after_intake({"detail-type": "Scheduled Event", "detail": {}}, Context()) == {}

    assert (sums(), len(slots())) == ({"accepted": 60, "rejected": 40}, 1)
