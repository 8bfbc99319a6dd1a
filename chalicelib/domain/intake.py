"""The decision on a lead: an ordered list of checks, each leaving a line in the trace (CAM, Order)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from chalicelib.domain.access import Actor
from chalicelib.domain.blocks import Block
from chalicelib.domain.errors import LeadwardenError
from chalicelib.domain.fields import Reading
from chalicelib.domain.leads import Facts, Status
from chalicelib.domain.setup import Campaign


class Outcome(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Line:
    """One line of the trace: which check, what it came to, by which rule, what it compared (never personal)."""

    check: str
    outcome: Outcome
    rule: str
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Refused:
    """The request ends with an error; nothing is stored."""

    error: LeadwardenError


@dataclass(frozen=True)
class TurnedAway:
    """The lead is refused with a reason and nothing of it is stored; the refusal is counted (INT-11, INT-13)."""

    reason: str


@dataclass(frozen=True)
class Replayed:
    """The key was decided on before: the same answer again (INT-9)."""

    facts: Facts


@dataclass(frozen=True)
class Settled:
    """The lead is stored with this status and the reasons for it."""

    status: Status
    reasons: tuple[str, ...] = ()


Ending = Refused | TurnedAway | Replayed | Settled


@dataclass(frozen=True)
class Case:
    """Everything the checks look at, read at one instant."""

    campaign: Campaign
    actor: Actor | None
    reading: Reading
    password_hash: str | None
    digest: str
    now: int
    facts: Facts | None = None
    blocks: Sequence[Block] = ()


@dataclass(frozen=True)
class Finding:
    """What one check found: its line, and the ending if the list ends here."""

    line: Line
    ending: Ending | None = None


Check = Callable[[Case], Finding]


@dataclass(frozen=True)
class Decision:
    """How it ended and the whole trace."""

    ending: Ending
    trace: tuple[Line, ...] = field(default=())


@cache
def passed(check: str, rule: str) -> Finding:
    """Return the finding of a check that found nothing against the lead."""
    return Finding(Line(check, Outcome.PASSED, rule))


def failed(check: str, rule: str, ending: Ending, detail: Mapping[str, Any] | None = None) -> Finding:
    """Return the finding that ends the list."""
    return Finding(Line(check, Outcome.FAILED, rule, detail), ending)


@cache
def skipped(check: str, rule: str) -> Finding:
    """Return the finding of a check that the campaign does not ask for."""
    return Finding(Line(check, Outcome.SKIPPED, rule))


def decide(case: Case, checks: Sequence[Check]) -> Decision:
    """Run the checks in order until one ends the list; a lead that passes them all is accepted."""
    trace = []
    for check in checks:
        finding = check(case)
        trace.append(finding.line)
        if finding.ending is not None:
            return Decision(finding.ending, tuple(trace))
    return Decision(Settled(Status.ACCEPTED), tuple(trace))
