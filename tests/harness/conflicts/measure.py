"""Print the figures of simulated time: `python -m tests.harness.conflicts.measure limited --rates 40 100`.

limited     a campaign with limits that are not reached: share of 503 and transactions for each accepted lead (B10)
reached     the same, with a limit that 70 % of the leads reach: never above it, never refused while free (B10)
statistics  records of new leads, 16 handlers: leads a second, batches that came back (B17)
erasures    runs that finish erasures: leads a minute (B18); 0 runs: one lead after the other, as commit 88f9e61
equal       leads of one contact, by so many senders at once, duplicates off: share of 503 (SEC-C3)
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.times import utc_day
from tests.harness import short_wire
from tests.harness.conflicts.durations import Durations
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.loads.contact_load import send_leads
from tests.harness.conflicts.loads.erasure_load import RUN_S, erase, erase_one_by_one
from tests.harness.conflicts.loads.intake_load import UNREACHED, IntakeLoad, offer_leads
from tests.harness.conflicts.loads.stream_load import HANDLERS, StreamLoad, process_records, process_stored
from tests.harness.conflicts.mishaps import Mishaps
from tests.harness.conflicts.simulation import Simulation, simulation

_SEED_VARIABLE = "PYTHONHASHSEED"
_REACHED_AT, _ALLOWED = 0.7, 0.005


@dataclass
class Setting:
    """What all measurements share."""

    seed: int = 1
    seconds: float = 60
    leads: int = 2_000
    durations: Durations = field(default_factory=Durations)
    mishaps: Mishaps = field(default_factory=Mishaps)
    bound_s: float = RUN_S


@contextmanager
def _measured(setting: Setting) -> Iterator[tuple[Simulation, Callable[[], float]]]:
    """Provide a run, and what tells the CPU seconds since its begin."""
    with simulation(setting.seed, durations=setting.durations, mishaps=setting.mishaps) as run:
        began = time.process_time()
        yield run, lambda: time.process_time() - began


def limited(rate: float, setting: Setting, limits: Limits = UNREACHED) -> tuple[IntakeLoad, str]:
    """Let leads come in at a campaign with limits (B10). Return what became of them, in words too."""
    with _measured(setting) as (run, cpu):
        load = offer_leads(run, rate, setting.seconds, limits)
        cost = _cost(cpu(), load.offered)
    shown = (
        f"{rate:g} leads/s: {load.offered} offered, 503 {load.unavailable_share:.2%}, "
        f"{load.tries:.2f} transactions for each accepted lead"
    )
    return load, f"{shown}; {cost}"


def reached(rate: float, setting: Setting) -> str:
    """Let the limit be reached (B10)."""
    limit = int(rate * setting.seconds * _REACHED_AT)
    load, shown = limited(rate, setting, Limits(hourly=limit))
    stored = ", ".join(f"{count} {status}" for status, count in sorted(load.stored.items()))
    checked = f"{load.above} above the limit, {load.refused_while_free} refused while a place was free"
    return f"{shown}; limit {limit}: {stored}, {checked}"


def statistics(rate: float | None, setting: Setting, handlers: int = HANDLERS) -> tuple[StreamLoad, str]:
    """Process records of new leads (B17); without a rate all records are there at once."""
    with _measured(setting) as (run, cpu):
        load = process_records(run, setting.leads, rate, handlers)
        cost = _cost(cpu(), setting.leads)
        counted = counters.read_day(f"statistics#{offered_leads.CAMPAIGN}", utc_day(int(run.line.begin)))
    came = "all at once" if rate is None else f"at {rate:g}/s"
    shown = f"{load.records} records {came}, {handlers} handlers: {load.rate:.1f} leads/s"
    late = f"the last one done {load.lag_s:.1f} s after the last record"
    back = f"{load.failed} batches came back, {load.killed} were killed, {counted['accepted']} leads counted"
    return load, f"{shown}, {back}, {late}; {cost}"


def erasures(runs: int, setting: Setting) -> str:
    """Finish erasures (B18)."""
    with _measured(setting) as (run, cpu):
        load = (
            erase(run, setting.leads, runs, setting.bound_s) if runs else erase_one_by_one(run, setting.leads)
        )
        cost = _cost(cpu(), setting.leads)
    failed = sum(sweep.failed for sweep in load.sweeps)
    return (
        f"{runs} runs: {load.finished} of {setting.leads} erasures in {load.seconds:.0f} s, "
        f"{load.a_minute:.0f} a minute, {failed} failed; {cost}"
    )


def equal(senders: int, setting: Setting) -> str:
    """Let senders post leads of one contact (SEC-C3), then process their records."""
    with _measured(setting) as (run, cpu):
        load = send_leads(run, setting.leads, senders=senders)
        began, conflicts = run.line.now, run.service.counts["conflicts"]
        stream = process_stored(run, load.lead_ids)
        cost = _cost(cpu(), setting.leads)
    return (
        f"{senders} senders: {load.offered} leads of one contact, 503 {load.unavailable_share:.2%}, "
        f"{load.tries:.2f} transactions for each accepted lead, {conflicts} conflicts; "
        f"the stream took {run.line.now - began:.1f} s, {stream.failed} batches came back; {cost}"
    )


def highest(holds: Callable[[float], bool], low: float, high: float, step: float) -> float:
    """Return the highest rate at which something holds, to a step; it holds at `low`, and not at `high`."""
    while high - low > step:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _cost(cpu_s: float, leads: int) -> str:
    return f"{cpu_s:.0f} s CPU, {cpu_s / leads * 1000:.1f} ms a lead"


def _lines(asked: argparse.Namespace) -> Iterator[str]:
    mishaps = Mishaps(asked.lost, asked.killed)
    setting = Setting(
        asked.seed, asked.seconds, asked.leads, Durations(held=asked.held), mishaps, asked.bound
    )
    if asked.highest:
        low, high = asked.rates
        yield f"highest: {highest(_test_of(asked.what, setting), low, high, asked.highest):g}"
        return
    for rate in asked.rates:
        match asked.what:
            case "limited":
                yield limited(rate, setting)[1]
            case "reached":
                yield reached(rate, setting)
            case "statistics":
                yield statistics(rate or None, setting, asked.handlers)[1]
            case "equal":
                yield equal(int(rate), setting)
            case _:
                yield erasures(int(rate), setting)


def _test_of(what: str, setting: Setting) -> Callable[[float], bool]:
    if what == "limited":
        return lambda rate: limited(rate, setting)[0].unavailable_share <= _ALLOWED
    return lambda rate: statistics(rate, setting)[0].failed == 0


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["limited", "reached", "statistics", "erasures", "equal"])
    parser.add_argument(
        "--rates", type=float, nargs="+", required=True, help="leads a second (0: at once), runs, or senders"
    )
    parser.add_argument("--highest", type=float, help="look for the highest rate, to this step")
    parser.add_argument("--seconds", type=float, default=60, help="how long leads come in")
    parser.add_argument("--leads", type=int, default=2_000, help="records, erasures, or posts of equal leads")
    parser.add_argument("--handlers", type=int, default=HANDLERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--held", type=float, default=1.0, help="share of its duration a transaction holds its rows"
    )
    parser.add_argument("--lost", type=float, default=0.0, help="share of answers that are lost")
    parser.add_argument("--killed", type=float, default=0.0, help="share of callers killed at a call")
    parser.add_argument("--bound", type=float, default=RUN_S, help="how long a run of erasures may take")
    return parser.parse_args(words)


def prepare() -> None:
    """Begin this process again with sets in a fixed order, and let the SDK name itself once (7 % of the time)."""
    if _SEED_VARIABLE not in os.environ:
        arguments: list[Any] = [sys.executable, "-m", "tests.harness.conflicts.measure", *sys.argv[1:]]
        os.execve(sys.executable, arguments, os.environ | {_SEED_VARIABLE: "0"})
    short_wire._name_the_agent_once()


if __name__ == "__main__":
    prepare()
    for line in _lines(_asked(sys.argv[1:])):
        print(line, flush=True)
