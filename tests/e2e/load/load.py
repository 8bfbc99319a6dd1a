"""One run: plan, load, let everything be counted, try what must be refused, read, check."""

import time
from collections import Counter
from dataclasses import dataclass

from tests.e2e.load.callers import probe, run, warm
from tests.e2e.load.checks import findings, reports_are_sums
from tests.e2e.load.figures import table
from tests.e2e.load.noop import noop_function, seconds_of
from tests.e2e.load.observed import observe, reports
from tests.e2e.load.outcome import Outcome
from tests.e2e.load.plan import SPARE, Person, plan
from tests.e2e.load.target import Target, create_target
from tests.e2e.stack import Stack

_POLL_S = 1.0
_COUNTED_S = 900  # on a busy machine: what is not counted by then never will be


@dataclass(frozen=True)
class Report:
    """The result of a run: one line of what was done, the rates, and everything that is wrong."""

    summary: str
    table: str
    findings: list[str]
    outcome: Outcome


def load(stack: Stack, seed: int, leads: int, callers: int) -> Report:
    """Load a stack and check it. Half of the floor's calls are made before the load, and half after it."""
    planned = plan(seed, leads)
    target = create_target(stack, planned.limit)
    body = Person(SPARE, target.tag).fields
    with noop_function(stack.config) as noop:
        seconds_of(noop, callers, callers, body)  # the processes start
        warm(target, callers)
        floor = seconds_of(noop, leads // 2, callers, body)
        began_at, began = time.time(), time.monotonic()
        outcome = run(planned, target, callers)
        _await_reports(target, outcome, began_at)
        counted_s = time.monotonic() - began
        floor += seconds_of(noop, leads // 2, callers, body)
    probe(target, outcome, callers)
    _await_reports(target, outcome, began_at)
    wrong = findings(outcome, observe(target, outcome, began_at))
    return Report(_summary(seed, outcome, callers), table(outcome, floor, counted_s, callers), wrong, outcome)


def _await_reports(target: Target, outcome: Outcome, began_at: float) -> None:
    """Wait until the reports are the sums of the answers, or for as long as that may take."""
    deadline = time.monotonic() + _COUNTED_S
    while list(reports_are_sums(outcome, reports(target, began_at))) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _summary(seed: int, outcome: Outcome, callers: int) -> str:
    posted = [*outcome.posted, *outcome.probes]
    statuses = Counter(each.body["status"] for each in outcome.stored())
    stored = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    unanswered = sum(each.tries - 1 for each in posted)
    return (
        f"Seed {seed}, {callers} callers: {len(posted)} posts ({unanswered} sent again without an answer), {stored};"
        f" {len(outcome.imported_leads())} leads imported, {len(outcome.forgotten)} persons forgotten,"
        f" {len(outcome.probes)} blocked persons refused."
    )
