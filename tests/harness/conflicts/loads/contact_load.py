"""Senders that post leads of one contact, or of a few, all at once: where their transactions meet (SEC-C3).

A sender posts its next lead as soon as the last one was answered.
"""

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.core.errors import Unavailable
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.loads.intake_load import UNAVAILABLE, IntakeLoad, finish
from tests.harness.conflicts.simulation import Simulation

SENDERS = 16


def send_leads(
    run: Simulation, count: int, people: int = 1, senders: int = SENDERS, **settings: Any
) -> IntakeLoad:
    """Create a campaign, and let senders post leads of so many people. Return what became of them."""
    offered_leads.create(**settings)
    load, numbers = IntakeLoad(offered=count), iter(range(count))
    for sender in range(senders):
        run.line.start(_sender(load, numbers, people), name=f"sender {sender}")
    finish(run, load)
    return load


def _sender(load: IntakeLoad, numbers: Iterator[int], people: int) -> Callable[[], None]:
    def post_all() -> None:
        for number in numbers:
            try:
                result = offered_leads.post(number % people)
            except Unavailable:
                load.ends[UNAVAILABLE] += 1
            else:
                assert result.facts is not None
                load.lead_ids.append(result.facts.lead_id)
                load.ends[result.facts.status] += 1

    return post_all
