"""B10, B17 and B18 in simulated time, with conflicts, lost answers and killed callers; and curves over callers at once.

Each run is a process of its own with a fixed seed, so it is the same on every machine.
"""

import functools
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.times import utc_day
from tests.benchmarks.figures import Figure, chart
from tests.factories.leads import NOW
from tests.harness import short_wire
from tests.harness.conflicts.loads.erasure_load import erase, erase_one_by_one
from tests.harness.conflicts.loads.intake_load import offer_in_turn, offer_leads
from tests.harness.conflicts.loads.offered_leads import CAMPAIGN
from tests.harness.conflicts.loads.stream_load import HANDLERS, process_records
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.simulation import simulation

LIMITED_FLOOR, STATISTICS_FLOOR = 40, 80  # of commit 88f9e61
_RATES, _SECONDS, _ALLOWED = (400, 800), 60, 0.005
_COUNTED_RATES, _COUNTED_LEADS, _MOST_LAG_S = (1_000, 2_000), 10_000, 10
_CALLERS, _RUNS, _ONE_BY_ONE = (1, 4, 16, 64, 256), (1, 2, 4, 8, 16), 0
_SEED, _LOST, _LOST_AND_KILLED = 1, Mishaps(lost=0.005), Mishaps(lost=0.005, killed=0.002)
_LEADS, _ERASED_A_RUN = 4_000, 1_500
_NO_LIMIT, _REACHED, _REACHED_IN_S = 0, 2_800, 10  # by 7 of 10 leads
_LIMITED = "limited campaign: leads a second, at most 0.5 % of them 503"
_COST = "limits that are reached: write units of a lead more than without limits"
_COUNTED = f"statistics of a campaign: leads a second, each counted once, {HANDLERS} handlers"
_ERASED = "schedule of erasures: leads a minute of one run"


@dataclass(frozen=True)
class Point:
    """One run: its callers, leads a second or limit; leads done a second, share of 503, write units of a lead."""

    at: int
    a_second: float
    unavailable: float = 0.0
    wrong: int = 0
    units: float = 0.0


def limited_at(rate: int) -> Point:
    """Let leads come in for a minute at a campaign whose limits are never reached."""
    with simulation(_SEED, mishaps=_LOST_AND_KILLED) as run:
        load = offer_leads(run, rate, _SECONDS)
    return Point(rate, rate, load.unavailable_share, load.above + load.refused_while_free)


def written_with(limit: int) -> Point:
    """Let leads come in for some seconds at a campaign with a limit, or without for 0."""
    with simulation(_SEED) as run:
        load = offer_leads(run, _RATES[0], _REACHED_IN_S, Limits(hourly=limit or None))
    return Point(limit, _RATES[0], units=load.units_a_lead)


def limited_by(callers: int) -> Point:
    """Let callers post leads in turn to a campaign with limits."""
    with simulation(_SEED, mishaps=_LOST) as run:
        load = offer_in_turn(run, callers, _LEADS)
    return Point(callers, load.rate, load.unavailable_share, load.above + load.refused_while_free)


def counted_at(rate: int) -> Point:
    """Let the records of new leads come at a rate."""
    with simulation(_SEED, mishaps=_LOST_AND_KILLED) as run:
        load = process_records(run, _COUNTED_LEADS, rate)
        counted = counters.read_day(f"statistics#{CAMPAIGN}", utc_day(NOW)).get("accepted", 0)
    return Point(
        rate, load.rate, wrong=abs(counted - _COUNTED_LEADS) + load.failed + (load.lag_s > _MOST_LAG_S)
    )


def counted_by(handlers: int) -> Point:
    """Let handlers count the records of new leads, which are all there at once."""
    with simulation(_SEED, mishaps=_LOST) as run:
        load = process_records(run, _LEADS, None, handlers)
    return Point(handlers, load.rate)


def erased_by(runs: int) -> Point:
    """Let runs of the schedule finish erasures side by side; without a run, one lead after the other."""
    with simulation(_SEED) as run:
        load = erase(run, _ERASED_A_RUN * runs, runs) if runs else erase_one_by_one(run, _ERASED_A_RUN)
    return Point(runs, load.a_minute / 60, wrong=sum(sweep.failed for sweep in load.sweeps))


_KINDS = {
    limited_at: _RATES,
    written_with: (_NO_LIMIT, _REACHED),
    counted_at: _COUNTED_RATES,
    limited_by: _CALLERS,
    counted_by: _CALLERS,
    erased_by: (_ONE_BY_ONE, *_RUNS),
}


def figures() -> list[Figure]:
    """Return B10, B17 and B18."""
    points = _points()
    held = [one.at for one in points["limited_at"] if one.unavailable <= _ALLOWED and not one.wrong]
    counted = [one.at for one in points["counted_at"] if not one.wrong]
    without, reached = [one.units for one in points["written_with"]]
    one_by_one, one_run = [one.a_second * 60 for one in points["erased_by"][:2]]
    return [
        Figure("B10", _LIMITED, "leads", 10, max(held, default=0), LIMITED_FLOOR, least=True),
        Figure("B10", _COST, "WRU", 2, reached - without),
        Figure("B17", _COUNTED, "leads", 12, max(counted, default=0), STATISTICS_FLOOR, least=True),
        Figure("B18", _ERASED, "leads", 10, one_run, one_by_one, least=True),
    ]


def charts() -> str:
    """Return the curves as charts, each with its figures."""
    points = _points()
    return "\n\n".join(
        chart(title, axis, [(one.at, one.a_second) for one in points[name] if one.at != _ONE_BY_ONE])
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
