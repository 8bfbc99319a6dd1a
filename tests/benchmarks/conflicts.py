"""B10, B17 and B18 in simulated time, with conflicts, lost answers and killed callers; and curves over callers at once.

Each run is a process of its own with a fixed seed, so it is the same on every machine.
"""

import functools
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.benchmarks.figures import Figure, chart
from tests.harness import short_wire
from tests.harness.conflicts.loads.erasure_load import erase
from tests.harness.conflicts.loads.intake_load import offer_in_turn, offer_leads
from tests.harness.conflicts.loads.stream_load import HANDLERS, process_records
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.simulation import simulation

LIMITED_FLOOR, STATISTICS_FLOOR, ERASURES_FLOOR = 40, 80, 1_522  # of commit 88f9e61; the last one a minute
_RATES, _SECONDS, _ALLOWED = (400, 800), 60, 0.005
_CALLERS, _RUNS = (1, 4, 16, 64, 256), (1, 2, 4, 8, 16)
_SEED, _LOST, _LOST_AND_KILLED = 1, Mishaps(lost=0.005), Mishaps(lost=0.005, killed=0.002)
_LEADS = 4_000
_LIMITED = "limited campaign: leads a second, at most 0.5 % of them 503"
_COUNTED = f"statistics of a campaign: leads a second, {HANDLERS} handlers"
_ERASED = "schedule of erasures: leads a minute of one run"


@dataclass(frozen=True)
class Point:
    """One run: its callers or its leads a second, how many leads a second were done, and the share of 503."""

    at: int
    a_second: float
    unavailable: float = 0.0
    wrong: int = 0


def limited_at(rate: int) -> Point:
    """Let leads come in for a minute at a campaign whose limits are never reached."""
    with simulation(_SEED, mishaps=_LOST_AND_KILLED) as run:
        load = offer_leads(run, rate, _SECONDS)
    return Point(rate, rate, load.unavailable_share, load.above + load.refused_while_free)


def limited_by(callers: int) -> Point:
    """Let callers post leads in turn to a campaign with limits."""
    with simulation(_SEED, mishaps=_LOST) as run:
        load = offer_in_turn(run, callers, _LEADS)
    return Point(callers, load.rate, load.unavailable_share, load.above + load.refused_while_free)


def counted_by(handlers: int) -> Point:
    """Let handlers count the records of new leads, which are all there at once."""
    with simulation(_SEED, mishaps=_LOST) as run:
        load = process_records(run, _LEADS, None, handlers)
    return Point(handlers, load.rate)


def erased_by(runs: int) -> Point:
    """Let runs of the schedule finish erasures side by side."""
    with simulation(_SEED) as run:
        load = erase(run, _LEADS, runs)
    return Point(runs, load.a_minute / 60, wrong=sum(sweep.failed for sweep in load.sweeps))


_KINDS = {limited_at: _RATES, limited_by: _CALLERS, counted_by: _CALLERS, erased_by: _RUNS}


def figures() -> list[Figure]:
    """Return B10, B17 and B18."""
    points = _points()
    held = [one.at for one in points["limited_at"] if one.unavailable <= _ALLOWED and not one.wrong]
    counted = next(one.a_second for one in points["counted_by"] if one.at == HANDLERS)
    erased = points["erased_by"][0].a_second * 60
    return [
        Figure("B10", _LIMITED, "leads", 10, max(held, default=0), LIMITED_FLOOR, least=True),
        Figure("B17", _COUNTED, "leads", 12, counted, STATISTICS_FLOOR, least=True),
        Figure("B18", _ERASED, "leads", 10, erased, ERASURES_FLOOR, least=True),
    ]


def charts() -> str:
    """Return the curves as charts, each with its figures."""
    points = _points()
    return "\n\n".join(
        chart(title, axis, [one.at for one in points[name]], [one.a_second for one in points[name]])
        for name, title, axis in (
            ("limited_by", "Leads a second of a campaign with limits", "callers that post in turn"),
            (
                "counted_by",
                "Leads a second counted in the statistics of one campaign",
                "handlers of the stream",
            ),
            ("erased_by", "Erasures a second of the schedule", "runs at once"),
        )
    )


@functools.cache
def _points() -> dict[str, list[Point]]:
    """Measure everything once, on all cores. Sets have a fixed order in every process."""
    os.environ["PYTHONHASHSEED"] = "0"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        os.cpu_count(), context, short_wire._name_the_agent_once, max_tasks_per_child=1
    ) as pool:
        running = {kind.__name__: [pool.submit(kind, at) for at in many] for kind, many in _KINDS.items()}
        return {name: [one.result() for one in runs] for name, runs in running.items()}
