"""The decision on a lead: an ordered list of checks, each leaving a line in the trace (CAM, Order)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from chalicelib.domain.access import Actor
from chalicelib.domain.blocks import Block
from chalicelib.domain.campaign_settings import Grading
from chalicelib.domain.errors import LeadwardenError
from chalicelib.domain.fields import Reading
from chalicelib.domain.leads import Facts, Status
from chalicelib.domain.limits import LimitState
from chalicelib.domain.limits import at as limits_at
from chalicelib.domain.services import ServiceResult
from chalicelib.domain.setup import Campaign, LeadType
from chalicelib.domain.windows import Original, Window


class Outcome(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Line:
    """One line of the trace: which check, what it came to, by which rule, what it compared (masked if personal)."""

    check: str
    outcome: Outcome
    rule: str
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Refused:
    """The request ends with an error; nothing is stored. A `bad_credential` is counted under the campaign (ACC-9)."""

    error: LeadwardenError
    bad_credential: bool = False


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
    original: Original | None = None


Ending = Refused | TurnedAway | Replayed | Settled


@dataclass(frozen=True)
class Case:
    """Everything the checks look at, read at one instant; services are asked only when it comes to them."""

    campaign: Campaign
    actor: Actor | None
    reading: Reading
    password_hash: str | None
    digest: str
    now: int
    facts: Facts | None = None
    blocks: Sequence[Block] = ()
    windows: Sequence[Window] = ()
    limits: LimitState = LimitState()
    zone: str = "UTC"
    lead_type: LeadType | None = None
    calculated: Mapping[str, Any] = field(default_factory=dict)
    grading: Grading | None = None
    ask_services: Callable[[], Mapping[str, ServiceResult]] = dict

    @cached_property
    def limits_now(self) -> LimitState:
        """Return what the limits have taken as the minute of the lead finds it (CAM-10)."""
        return limits_at(self.limits, self.now, self.zone)


@dataclass(frozen=True)
class Finding:
    """What one check found: its line, the ending if the list ends here, and whether it is a mild one (CAM-16)."""

    line: Line
    ending: Ending | None = None
    mild: bool = False


Check = Callable[[Case], Finding]
LastCheck = Callable[[Case, Sequence[Line]], Finding]


@dataclass(frozen=True)
class Decision:
    """How it ended and the whole trace."""

    ending: Ending
    trace: tuple[Line, ...] = field(default=())

    @property
    def failed(self) -> tuple[Line, ...]:
        """Return the checks that failed (CAM-19)."""
        return tuple(line for line in self.trace if line.outcome is Outcome.FAILED)


@cache
def passed(check: str, rule: str) -> Finding:
    """Return the finding of a check that found nothing against the lead."""
    return Finding(Line(check, Outcome.PASSED, rule))


def failed(
    check: str, rule: str, ending: Ending, detail: Mapping[str, Any] | None = None, *, mild: bool = False
) -> Finding:
    """Return the finding that ends the list; a `mild` one only if the campaign rejects back to the source."""
    return Finding(Line(check, Outcome.FAILED, rule, detail), ending, mild)


@cache
def skipped(check: str, rule: str) -> Finding:
    """Return the finding of a check that the campaign does not ask for."""
    return Finding(Line(check, Outcome.SKIPPED, rule))


def decide(case: Case, checks: Sequence[Check], last: Sequence[LastCheck] = ()) -> Decision:
    """Run the checks in order until one ends the list, the last ones with the trace so far.

    A mild failure (criteria, services, grade) ends it only if the campaign rejects back to the source (CAM-16);
    where nothing ends the list the lead is accepted.
    """
    trace: list[Line] = []
    for check in checks:
        finding = check(case)
        trace.append(finding.line)
        if finding.ending is not None and _ends(finding, case):
            return Decision(finding.ending, tuple(trace))
    for late in last:
        finding = late(case, trace)
        trace.append(finding.line)
        if finding.ending is not None and _ends(finding, case):
            return Decision(finding.ending, tuple(trace))
    return Decision(Settled(Status.ACCEPTED), tuple(trace))


def _ends(finding: Finding, case: Case) -> bool:
    return not finding.mild or case.campaign.quality.reject_to == "source"
