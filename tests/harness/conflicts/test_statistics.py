"""Statistics and erasures under conflicts: exact, whatever is lost, killed or repeated, and quick (B17, B18)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters, folding
from chalicelib.aws.dynamodb.counters import CounterRow
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.times import utc_day
from chalicelib.leads.store import leads
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from tests.factories.leads import NOW
from tests.harness.conflicts.durations import Duration, Durations
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.loads.erasure_load import erase, erase_one_by_one
from tests.harness.conflicts.loads.stream_load import process_records
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.simulation import Simulation, simulation

COUNTER = f"statistics#{offered_leads.CAMPAIGN}"
SLOW = Durations(transaction=Duration(60, 200))
MISHAPS = [Mishaps(), Mishaps(lost=0.05), Mishaps(killed=0.1), Mishaps(lost=0.03, killed=0.05)]


def counted(name: str) -> int:
    return counters.read_day(COUNTER, utc_day(NOW)).get(name, 0)


@pytest.fixture
def one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """All statistics of a day stand in one row, so that transactions meet."""
    monkeypatch.setattr(counters, "ROWS_A_DAY", 1)


@pytest.mark.parametrize("mishaps", MISHAPS)
def test_B17_each_lead_is_counted_once_whatever_is_lost_killed_or_repeated(mishaps: Mishaps) -> None:
    with simulation(2, mishaps=mishaps) as run:
        load = process_records(run, 300, None, handlers=6)
        assert counted("accepted") == 300

    assert load.failed == 0
    assert bool(load.killed) == bool(mishaps.killed)


@pytest.mark.parametrize("mishaps", MISHAPS)
def test_B17_each_lead_is_counted_once_if_all_meet_in_one_row(one_row: None, mishaps: Mishaps) -> None:
    with simulation(3, durations=SLOW, mishaps=mishaps) as run:
        process_records(run, 120, None, handlers=6)

        assert run.service.counts["conflicts"] > 5
        assert counted("accepted") == 120


def test_B17_without_the_mark_repeated_records_would_count_again(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[[str], Any] = leads.mark_counted
    monkeypatch.setattr(leads, "mark_counted", lambda one: replace(original(one), condition=None))

    with simulation(2, mishaps=Mishaps(lost=0.05, killed=0.2)) as run:
        process_records(run, 300, 100, handlers=6)

        assert counted("accepted") >= 300


def test_B17_a_fold_that_races_with_counts_loses_none() -> None:
    with simulation(1, durations=SLOW) as run:
        load = _with_folds(run)

        assert run.service.counts["conflicts"] > 5
        assert counted("accepted") == 300
        assert load["folds"] > 5
        assert len(list(CounterRow.query(COUNTER))) == 1


def _with_folds(run: Simulation) -> dict[str, int]:
    """Process leads, and fold their day again and again until they are all there."""
    seen = {"folds": 0}

    def go_on() -> None:
        while counted("accepted") < 300:
            retrying(lambda _: folding.fold(COUNTER, utc_day(NOW)), tries=50, message="")
            seen["folds"] += 1
            run.line.sleep(0.02)
        retrying(lambda _: folding.fold(COUNTER, utc_day(NOW)), tries=50, message="")

    run.line.start(go_on)
    process_records(run, 300, 200, handlers=6)
    return seen


def test_B17_twelve_times_eighty_leads_a_second_are_taken_up_without_a_batch_that_comes_back() -> None:
    with simulation(1) as run:
        load = process_records(run, 960, None)
        assert counted("accepted") == 960

    assert (load.failed, load.killed) == (0, 0)
    assert load.rate >= 12 * 80


@pytest.mark.parametrize("mishaps", MISHAPS)
@pytest.mark.parametrize("rows", [1, 32])
def test_B18_runs_at_once_finish_each_erasure_once(
    rows: int, mishaps: Mishaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "ROWS_A_DAY", rows)
    with simulation(1, mishaps=mishaps) as run:
        load = erase(run, 80, runs=4)
        run.line.sleep(60)
        run.service.mishaps = Mishaps()
        rest = finish_due_erasures(lambda: True, clock.now())

        assert counted("erased") == 80
        assert mishaps != Mishaps() or (load.finished, rest.finished) == (80, 0)
        assert rows > 1 or mishaps.killed or run.service.counts["conflicts"] > 0


def test_B18_one_run_finishes_many_times_as_many_as_one_lead_after_the_other() -> None:
    """So few leads are less than a page of each shard; with more it is above ten times."""
    with simulation(1) as run:
        floor = erase_one_by_one(run, 40)
    with simulation(1) as run:
        load = erase(run, 480)

    assert (floor.finished, load.finished) == (40, 480)
    assert load.a_minute >= 5 * floor.a_minute
