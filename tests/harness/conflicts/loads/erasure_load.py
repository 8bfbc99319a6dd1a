"""Leads past their end, through the real run that finishes erasures (B18)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib import clock
from chalicelib.core.times import DAY_S
from chalicelib.privacy.usecases.finish_due import ErasureSweep, finish_due_erasures
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.simulation import Simulation

RUN_S = 240.0


@dataclass
class ErasureLoad:
    """What the runs have done, and how long it took in simulated time."""

    seconds: float = 0.0
    sweeps: list[ErasureSweep] = field(default_factory=list)

    @property
    def finished(self) -> int:
        """Return how many erasures were finished."""
        return sum(sweep.finished for sweep in self.sweeps)

    @property
    def a_minute(self) -> float:
        """Return the finished erasures a minute, all runs together."""
        return self.finished / self.seconds * 60


def erase(run: Simulation, count: int, runs: int = 1, bound_s: float = RUN_S) -> ErasureLoad:
    """Store leads, let their end come, and let some runs at once finish their erasure for so long at most."""
    create_ended_leads(run, count)
    load, began = ErasureLoad(), run.line.now
    for number in range(runs):
        run.line.start(_run(run, load, f"run {number}", began + bound_s), name=f"run {number}")
    run.go()
    load.seconds = run.line.now - began
    return load


def erase_one_by_one(run: Simulation, count: int) -> ErasureLoad:
    """Erase leads one after the other, each with the calls that commit 88f9e61 made: the floor of B18."""
    ids = create_ended_leads(run, count)
    sweep, began = ErasureSweep(clock.now()), run.line.now

    def finish() -> None:
        for lead_id in ids:
            finish_erasure(lead_id, "schedule", sweep.now)
            sweep.finished += 1

    run.line.start(finish, name="one by one")
    run.go()
    return ErasureLoad(run.line.now - began, [sweep])


def create_ended_leads(run: Simulation, count: int) -> list[str]:
    """Store leads, let their end come, and return their ids."""
    offered_leads.create()
    ids = [facts.lead_id for facts in offered_leads.stored(count)]
    run.line.sleep((offered_leads.DAYS_KEPT + 2) * DAY_S)
    return ids


def _run(run: Simulation, load: ErasureLoad, owner: str, until: float) -> Callable[[], None]:
    def finish() -> None:
        has_time: Callable[[], bool] = lambda: run.line.now < until  # noqa: E731
        load.sweeps.append(finish_due_erasures(has_time, clock.now(), owner=owner, clock=clock.now))

    return finish
