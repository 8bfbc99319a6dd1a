"""Records of new leads in a stream, through the real `after_intake` (B17).

A record goes to one of the handlers by its lead. A handler takes what waits, up to 100 records, and the records from
the first failed one on come back, as Lambda does. The records of a killed handler come back in two halves. An idle
handler looks again after a quarter of a second.
"""

import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chalicelib.intake.handlers.after_intake import after_intake
from tests.benchmarks.cpu import Context
from tests.harness.conflicts.loads import offered_leads
from tests.harness.conflicts.simulation import Simulation

HANDLERS, BATCH = 16, 100
_LOOK_S = 0.25


@dataclass
class StreamLoad:
    """How the records were processed: batches that failed, and when the last record came and was done."""

    records: int
    began: float
    failed: int = 0
    killed: int = 0
    arriving: int = 0
    last_came: float = 0.0
    last_done: float = 0.0
    queues: list[deque[str]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the leads a second, from the first record to the last that was done."""
        return self.records / (self.last_done - self.began)

    @property
    def lag_s(self) -> float:
        """Return how long after the last record came the last one was done."""
        return self.last_done - self.last_came


def process_records(run: Simulation, count: int, rate: float | None, handlers: int = HANDLERS) -> StreamLoad:
    """Store leads, let their records come at a rate (None: all at once), and take them up."""
    offered_leads.create()
    return process_stored(run, [facts.lead_id for facts in offered_leads.stored(count)], rate, handlers)


def process_stored(
    run: Simulation, ids: list[str], rate: float | None = None, handlers: int = HANDLERS
) -> StreamLoad:
    """Let the records of stored leads come at a rate, and take them up."""
    at = run.line.now
    load = StreamLoad(len(ids), at, arriving=len(ids), queues=[deque() for _ in range(handlers)])
    for lead_id in ids:
        at += 0 if rate is None else run.chance.expovariate(rate)
        run.line.at(at, _arrival(load, lead_id))
    load.last_came = at
    for number in range(handlers):
        run.line.start(_handler(run, load, load.queues[number]), name=f"handler {number}")
    run.go()
    return load


def _arrival(load: StreamLoad, lead_id: str) -> Callable[[], None]:
    def arrive() -> None:
        load.queues[zlib.crc32(lead_id.encode()) % len(load.queues)].append(lead_id)
        load.arriving -= 1

    return arrive


def _handler(run: Simulation, load: StreamLoad, queue: deque[str]) -> Callable[[], None]:
    def go_on() -> None:
        while load.arriving or queue:
            if not queue:
                run.line.sleep(_LOOK_S)
                continue
            batch = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
            left = _process(run, load, batch)
            queue.extendleft(reversed(left))
            load.last_done = max(load.last_done, run.line.now)

    return go_on


def _process(run: Simulation, load: StreamLoad, batch: list[str]) -> list[str]:
    """Let a process of its own process a batch. Return the records that come back."""
    process = run.line.start(lambda: _failed_from(batch), name="process")
    run.line.wait([process])
    if process.is_killed:
        load.killed += 1
        half = len(batch) // 2
        halves = (batch[:half], batch[half:]) if half else (batch,)
        return [record for some in halves for record in _process(run, load, some)]
    load.failed += bool(process.result)
    return list(process.result)


def _failed_from(batch: list[str]) -> list[str]:
    """Give a batch to the function. Return the records from the first failed one on."""
    answer = after_intake({"Records": [_record(*one) for one in enumerate(batch)]}, Context())
    failures = answer["batchItemFailures"]
    return batch[int(failures[0]["itemIdentifier"]) :] if failures else []


def _record(number: int, lead_id: str) -> dict[str, Any]:
    change = {"Keys": {"lead_id": {"S": lead_id}, "part": {"S": "lead"}}, "SequenceNumber": str(number)}
    return {"eventID": str(number), "eventName": "INSERT", "dynamodb": change}
