"""Our real code in simulated time: repeatable, exact under conflicts, and damaged where a protection is missing."""

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from chalicelib import clock
from chalicelib.aws.dynamodb import batch, counters, store_clock
from chalicelib.aws.side_by_side import call_each
from chalicelib.campaigns import store as limit_rows
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.campaigns.usecases.deal_limits import read_rows
from chalicelib.core.errors import Unavailable
from chalicelib.core.shares import Share
from chalicelib.leads.domain.leads import Status
from tests.benchmarks.cpu import Context, event_of
from tests.factories.leads import NOW
from tests.harness.conflicts.durations import Duration, Durations
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.loads.intake_load import UNAVAILABLE, UNREACHED, offer_leads
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.simulation import Simulation, simulation
from tests.harness.faults import Crash, conflicting, fault, first

TEN = Limits(hourly=10)
SLOW_READS = Durations(other=Duration(30, 60))  # what was read is often stale


def journal(seed: int) -> list[Any]:
    """Run the intake with mishaps. Return everything that happened."""
    with simulation(seed, mishaps=Mishaps(lost=0.05, killed=0.02)) as run:
        load = offer_leads(run, 60, 0.5, TEN)
        return [
            sorted(load.ends.items()),
            sorted(run.service.counts.items()),
            run.line.now,
            run.line.switches,
        ]


def places_taken() -> int:
    """Return the places that are taken of the campaign's limits."""
    rows = read_rows(offered_leads.CAMPAIGN, clock.now())
    return sum(share.counts.in_hour for share in rows.shares)


def count_once(run: Simulation, callers: int) -> int:
    """Let callers count one each, in a transaction without a second try. Return the count."""

    def count(number: int) -> None:
        row = counters.CounterRow("naive", "now")
        with suppress(batch.Cancelled):
            batch.write([batch.Update(row, [Path(["n"]).add(1)], None)], f"{number}")

    for number in range(callers):
        run.line.start(lambda number=number: count(number))  # type: ignore[misc]
    run.go()
    return counters.read_day("naive", "now").get("n", 0)


def test_a_counter_without_a_second_try_is_exact_only_in_a_world_without_conflicts() -> None:
    with simulation(conflicts=False) as run:
        assert count_once(run, 20) == 20
    with simulation() as run:
        assert count_once(run, 20) < 20


def test_the_same_seed_is_the_same_run_of_the_real_intake() -> None:
    first = journal(1)

    assert journal(1) == first
    assert journal(2) != first


def test_another_process_has_the_same_run() -> None:
    """Sets have another order there."""
    program = "import json; from tests.harness.conflicts.test_simulation import journal; print(json.dumps(journal(1)))"
    there = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )

    assert json.loads(there.stdout.splitlines()[-1]) == json.loads(json.dumps(journal(1)))


@pytest.mark.parametrize("mishaps", [Mishaps(), Mishaps(lost=0.05), Mishaps(killed=0.05)])
def test_CAM_10_exactly_the_limit_is_accepted_under_conflicts(mishaps: Mishaps) -> None:
    with simulation(3, durations=SLOW_READS, mishaps=mishaps) as run:
        load = offer_leads(run, 200, 0.3, TEN)

        assert run.service.counts["conflicts"] > 5
        assert places_taken() == 10
        assert load.ends[Status.ACCEPTED] == 10 or mishaps.killed
        assert load.ends[Status.REJECTED] > 10
        assert (load.stored[Status.ACCEPTED], load.above, load.refused_while_free) == (10, 0, 0)


def test_CAM_10_without_the_condition_the_limit_would_be_exceeded(monkeypatch: pytest.MonkeyPatch) -> None:
    original = limit_rows.take
    monkeypatch.setattr(limit_rows, "take", lambda *args: replace(original(*args), condition=None))

    with simulation(3, durations=SLOW_READS) as run:
        load = offer_leads(run, 200, 0.3, TEN)

    assert load.ends[Status.ACCEPTED] > 10
    assert load.above > 0


def test_CAM_10_a_refusal_while_a_place_is_free_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    original = limit_rows.from_batch
    monkeypatch.setattr(
        limit_rows, "from_batch", lambda *args: [_with_all_taken(row) for row in original(*args)]
    )

    with simulation(3) as run:
        load = offer_leads(run, 40, 0.3, Limits(daily=9))

    assert load.refused_while_free > 0


def _with_all_taken(share: Share) -> Share:
    return replace(share, counts=replace(share.counts, in_day=share.shares.day or 0))


def test_B10_limits_cost_two_write_units_for_each_place_taken() -> None:
    loads = []
    for limits in (Limits(), UNREACHED, TEN):
        with simulation(3) as run:
            loads.append(offer_leads(run, 200, 0.3, limits))
    without, unreached, reached = (load.units_a_lead for load in loads)

    assert loads[2].stored[Status.REJECTED] > 10
    assert (unreached - without, reached < without + 2) == (2, True)


def test_B10_too_many_leads_at_once_are_answered_503_and_take_no_place() -> None:
    with simulation(1, durations=Durations(transaction=Duration(1_000, 1_500))) as run:
        load = offer_leads(run, 100, 0.4, Limits(hourly=19))  # one row

        assert load.ends[UNAVAILABLE] > 0
        assert 0 < places_taken() == load.ends[Status.ACCEPTED] <= 19


def test_calls_side_by_side_are_callers_of_their_own() -> None:
    with simulation() as run:
        ends = list[Any]()

        def sleep(seconds: int) -> int:
            run.line.sleep(seconds)
            return seconds

        def parent() -> None:
            outcomes = call_each(sleep, [3, 1, 2, 1], at_once=2)
            ends.append(([outcome.result for outcome in outcomes], run.line.now - NOW))

        run.line.start(parent)
        run.go()

    assert ends == [([3, 1, 2, 1], 4)]


def test_a_call_side_by_side_that_is_killed_kills_its_caller() -> None:
    def die(_: int) -> None:
        raise Crash("now")

    with simulation() as run:
        parent = run.line.start(lambda: call_each(die, [1, 2]))
        run.go()

    assert parent.is_killed


def test_pauses_of_our_code_take_simulated_time() -> None:
    with simulation() as run:
        run.line.start(lambda: clock.wait_until(clock.monotonic() + 1_000))
        run.go()

        assert clock.now() == NOW + 1_000


def test_pauses_of_the_sdk_between_attempts_take_simulated_time() -> None:
    with simulation(mishaps=Mishaps(lost=1)) as run:
        with pytest.raises(Unavailable):
            _read_in_a_run(run)

        assert run.service.counts["BatchGetItem"] == 3
        assert 12 < run.line.now - NOW < 20  # three attempts of 4 seconds, and two pauses


def _read_in_a_run(run: Simulation) -> None:
    run.line.start(places_taken)
    run.go()


def test_ids_differ_and_come_from_the_seed() -> None:
    ids = list[list[str]]()
    for seed in (1, 1, 2):
        with simulation(seed):
            ids.append([clock.new_id("lead") for _ in range(3)])

    assert ids[0] == ids[1] != ids[2]
    assert Counter(len(set(some)) for some in ids) == {3: 3}


def test_the_whole_handler_answers_in_simulated_time() -> None:
    import app

    with simulation(1) as run:
        offered_leads.create(limits=Limits(hourly=3))
        statuses = list[int]()
        for number in range(6):
            event = event_of(
                offered_leads.CAMPAIGN, {"first_name": "Ada", "phone": f"202-555-01{number:02d}"}
            )
            run.line.start(lambda event=event: statuses.append(app.app(event, Context())["statusCode"]))  # type: ignore[misc]
        run.go()

        assert sorted(statuses) == [200] * 3 + [201] * 3
        assert places_taken() == 3
        assert run.line.now > NOW


def test_the_clock_of_the_store_is_the_simulated_one() -> None:
    with simulation() as run:
        run.line.sleep(1_000)
        behind = store_clock.seconds_ahead(places_taken, NOW)

    assert behind == -1_000


def test_a_fault_of_the_other_harness_happens_above_this_one() -> None:
    with simulation() as run, fault(conflicting, on={"TransactWriteItems"}, when=first(2)) as fired:
        assert count_once(run, 1) == 0
        assert count_once(run, 5) > 0

    assert len(fired) == 2
