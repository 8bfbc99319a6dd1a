"""B1 and B2: the units and the round trips of a lead, measured from the requests that are sent."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from unittest.mock import patch

from chalicelib import clock
from chalicelib.intake.domain.checks.order import CHECKS
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Stored, failed
from chalicelib.intake.usecases import evaluate_lead
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Status
from tests.benchmarks.environment import BLOCKED, in_memory, lead, post, strict_lead
from tests.benchmarks.figures import Figure
from tests.harness.faults import Meter, metered


@dataclass(frozen=True)
class Measured:
    """The measured cost of one kind of lead on a warm function, and its budget in the data model."""

    what: str
    meter: Meter
    write_units: int
    round_trips: int


def figures() -> list[Figure]:
    """Return B1 and B2 for every kind of result."""
    with in_memory():
        measured = list(_measured())
    return [
        *(
            Figure("B1", f"{item.what}: write units", "WRU", 1, item.meter.write_units, item.write_units)
            for item in measured
            if item.write_units
        ),
        _after_intake(),
        *(
            Figure("B2", f"{item.what}: round trips", "calls", 1, item.meter.round_trips, item.round_trips)
            for item in measured
        ),
    ]


def read_units() -> dict[str, float]:
    """Return the read units of every kind of result. The budget has no bar for them."""
    with in_memory():
        return {item.what: item.meter.read_units for item in _measured()}


def _measured() -> Iterator[Measured]:
    """Yield each kind: phone, e-mail and duplicates; many lookups; minimal; rejected; blocked; repeated."""
    post("cmp_full", lead(0))
    post("cmp_open", lead(0))
    post("cmp_lean", lead(0, email=False))
    yield _measure_one(
        "accepted, with phone, e-mail, duplicates", lambda: post("cmp_full", lead(1), "k1"), 13, 2
    )
    yield _measure_one(
        "accepted, the same, duplicates not looked for", lambda: post("cmp_open", lead(4), "k2"), 11, 2
    )
    post("cmp_strict", strict_lead(0))
    strict = "accepted, with 20 criteria, duplicates, limits and consent"
    yield _measure_one(strict, lambda: post("cmp_strict", strict_lead(1)), 15, 2)
    yield _measure_one("accepted, with a phone only", lambda: post("cmp_lean", lead(1, email=False)), 9, 2)
    with _rejecting():
        yield _measure_one("rejected", lambda: post("cmp_full", lead(2)), 13, 2)
    yield _measure_one("blocked", lambda: post("cmp_full", {**lead(3), "phone": BLOCKED}), 2, 2)
    yield _measure_one("replayed", lambda: post("cmp_full", lead(1), "k1"), 0, 1)


def _after_intake() -> Figure:
    """Return the write units of what follows the intake of a lead that enters the duplicate index only then."""
    with in_memory():
        now = clock.now()
        for number in (5, 6):
            receive_lead(Submission("cmp_open", lead(number), None, f"lead_{number}"), now)
        process_new_lead("lead_5", now)
        with metered() as meter:
            process_new_lead("lead_6", now)
    return Figure("B1", "the same, after the intake: write units", "WRU", 1, meter.write_units, 6)


def _measure_one(what: str, action: Callable[[], None], write_units: int, round_trips: int) -> Measured:
    with metered() as meter:
        action()
    return Measured(what, meter, write_units, round_trips)


def _rejecting() -> AbstractContextManager[object]:
    """Make the last check reject every lead, as quality checks can."""

    def reject(case: DecisionInput) -> CheckResult:
        return failed("criteria", "CAM-1", Stored(Status.REJECTED, ("outside_criteria",)))

    return patch.object(evaluate_lead, "CHECKS", (*CHECKS, reject))
