"""Leads that come in by chance at a campaign with limits, through the real intake (B10)."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.errors import Unavailable
from chalicelib.leads.domain.leads import Status
from tests.harness import units
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.simulation import Simulation
from tests.harness.faults import indexes_of

UNREACHED = Limits(hourly=1_000_000, daily=1_000_000, monthly=1_000_000)
UNAVAILABLE = "503"


@dataclass
class IntakeLoad:
    """What became of the leads: by status, or 503. `killed` callers answered nothing.

    `stored` counts what the store has, by status. Each lead is checked at the instant at which it is stored: accepted
    above the limit, or refused while a place was free. No place comes back in a run shorter than an hour. `write_units`
    are those of the transactions that were made. `seconds` is how long callers took that offer in turn.
    """

    offered: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    transactions: int = 0
    stored: Counter[str] = field(default_factory=Counter)
    above: int = 0
    refused_while_free: int = 0
    write_units: float = 0.0
    seconds: float = 0.0
    lead_ids: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        """Return how many leads were not answered at all."""
        return self.offered - self.ends.total()

    @property
    def unavailable_share(self) -> float:
        """Return the share of leads that were answered 503."""
        return self.ends[UNAVAILABLE] / max(1, self.offered)

    @property
    def rate(self) -> float:
        """Return the stored leads a second, of callers that offer in turn."""
        return self.stored.total() / self.seconds

    @property
    def units_a_lead(self) -> float:
        """Return the write units for each stored lead."""
        return self.write_units / self.stored.total()

    @property
    def tries(self) -> float:
        """Return the transactions for each accepted lead."""
        return self.transactions / max(1, self.ends[Status.ACCEPTED])


def offer_leads(
    run: Simulation, rate: float, seconds: float, limits: Limits = UNREACHED, **settings: Any
) -> IntakeLoad:
    """Create a campaign with limits, and let leads come in at a rate. Return what became of them, after the run."""
    offered_leads.create(limits=limits, **settings)
    load, at = IntakeLoad(), run.line.now
    run.service.watchers.append(_check(load, least(limits)))
    until = at + seconds
    while (at := at + run.chance.expovariate(rate)) < until:
        offer(run, load, at)
    finish(run, load)
    return load


def offer_in_turn(
    run: Simulation, callers: int, leads: int, limits: Limits = UNREACHED, **settings: Any
) -> IntakeLoad:
    """Let some callers offer so many leads in all, each caller one after another, without a pause."""
    offered_leads.create(limits=limits, **settings)
    load, began = IntakeLoad(), run.line.now
    run.service.watchers.append(_check(load, least(limits)))

    def offer_until_all_are_offered() -> None:
        while load.offered < leads:
            _post_next(load)

    for number in range(callers):
        run.line.start(offer_until_all_are_offered, began, f"caller {number}")
    finish(run, load)
    load.seconds = run.line.now - began
    return load


def least(limits: Limits) -> float:
    """Return the limit that is reached first; infinite without a limit."""
    given = [limit for limit in (limits.hourly, limits.daily, limits.monthly) if limit is not None]
    return min(given, default=math.inf)


def _check(load: IntakeLoad, limit: float) -> Callable[[Any], None]:
    def check(body: Any) -> None:
        load.write_units += units.written("TransactWriteItems", body, indexes_of)
        puts = [entry["Put"] for entry in body["TransactItems"] if "Put" in entry]
        for item in (put["Item"] for put in puts if put["TableName"].endswith("-leads")):
            status = item["status"]["S"]
            load.stored[status] += 1
            load.above += status == Status.ACCEPTED and load.stored[Status.ACCEPTED] > limit
            load.refused_while_free += status == Status.REJECTED and load.stored[Status.ACCEPTED] < limit

    return check


def offer(run: Simulation, load: IntakeLoad, at: float) -> None:
    """Let one more lead come in at an instant."""
    number = load.offered
    load.offered += 1
    run.line.start(lambda: _post(load, number), at, f"lead {number}")


def _post_next(load: IntakeLoad) -> None:
    load.offered += 1
    _post(load, load.offered - 1)


def _post(load: IntakeLoad, number: int) -> None:
    try:
        result = offered_leads.post(number)
    except Unavailable:
        load.ends[UNAVAILABLE] += 1
    else:
        assert result.facts is not None
        load.ends[result.facts.status] += 1


def finish(run: Simulation, load: IntakeLoad) -> None:
    """Run to the end."""
    before = run.service.counts["TransactWriteItems"]
    run.go()
    load.transactions = run.service.counts["TransactWriteItems"] - before
