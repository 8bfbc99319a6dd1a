"""The decision on a lead: checks in order, each with an entry in the trace (campaign.md, Order of the checks)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from chalicelib.blocks.domain import Block
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.core.access import Actor
from chalicelib.core.errors import LeadwardenError
from chalicelib.intake.domain.limit_state import LimitState
from chalicelib.intake.domain.limit_state import at as limits_at
from chalicelib.leads.domain.duplicate_index import Original, Window
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import Grading


class CheckOutcome(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class TraceEntry:
    """One line of the trace: which check, what it came to, by which rule, what it compared (masked if personal)."""

    check: str
    outcome: CheckOutcome
    rule: str
    detail: Mapping[str, Any] | None = None
    overridable: bool = False  # failed, and ends the list only if the campaign rejects to the source (CAM-16)


@dataclass(frozen=True)
class RequestError:
    """The request ends with an error; nothing is stored. A `bad_credential` is counted under the campaign (ACC-9)."""

    error: LeadwardenError
    bad_credential: bool = False


@dataclass(frozen=True)
class Declined:
    """The lead is refused with a reason and nothing of it is stored; the refusal is counted (INT-11, INT-13)."""

    reason: str


@dataclass(frozen=True)
class Replay:
    """The key was decided on before: the same answer again (INT-9)."""

    facts: Facts


@dataclass(frozen=True)
class Stored:
    """The lead is stored with this status and the reasons for it."""

    status: Status
    reasons: tuple[str, ...] = ()
    original: Original | None = None


Decision = RequestError | Declined | Replay | Stored


@dataclass(frozen=True)
class DecisionInput:
    """Everything the checks look at, read at one instant; services are asked only when it comes to them."""

    campaign: Campaign
    actor: Actor | None
    parsed: ParsedSubmission
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
class CheckResult:
    """What one check found: its entry in the trace, and the decision if the list may end here."""

    entry: TraceEntry
    decision: Decision | None = None


Check = Callable[[DecisionInput], CheckResult]
LastCheck = Callable[[DecisionInput, Sequence[TraceEntry]], CheckResult]


@dataclass(frozen=True)
class Evaluation:
    """How it ended and the whole trace."""

    decision: Decision
    trace: tuple[TraceEntry, ...] = field(default=())

    @property
    def failed(self) -> tuple[TraceEntry, ...]:
        """Return the checks that failed (CAM-19)."""
        return tuple(line for line in self.trace if line.outcome is CheckOutcome.FAILED)


@cache
def passed(check: str, rule: str) -> CheckResult:
    """Return the finding of a check that found nothing against the lead."""
    return CheckResult(TraceEntry(check, CheckOutcome.PASSED, rule))


def failed(
    check: str,
    rule: str,
    decision: Decision,
    detail: Mapping[str, Any] | None = None,
    *,
    overridable: bool = False,
) -> CheckResult:
    """Return the finding that ends the list; a `mild` one only if the campaign rejects back to the source."""
    return CheckResult(TraceEntry(check, CheckOutcome.FAILED, rule, detail, overridable), decision)


@cache
def skipped(check: str, rule: str) -> CheckResult:
    """Return the finding of a check that the campaign does not ask for."""
    return CheckResult(TraceEntry(check, CheckOutcome.SKIPPED, rule))


def decide(case: DecisionInput, checks: Sequence[Check], last: Sequence[LastCheck] = ()) -> Evaluation:
    """Run the checks in order until one ends the list, the last ones with the trace so far.

    A mild failure (criteria, services, grade) ends it only if the campaign rejects back to the source (CAM-16);
    where nothing ends the list the lead is accepted.

    Example:
        >>> def check_consent(case: DecisionInput) -> CheckResult:
        ...     if case.parsed.evidence.get("tcpa_consent") is True:
        ...         return passed("consent", "CAM-11")
        ...     return failed("consent", "CAM-11", Stored(Status.REJECTED, ("no_consent",)))
        >>> parsed = ParsedSubmission({}, {}, {"tcpa_consent": False}, (), ())
        >>> decided = decide(DecisionInput(campaign, None, parsed, None, "", now), [check_consent])
        >>> decided.decision.reasons
        ('no_consent',)
        >>> [(entry.check, entry.outcome.value) for entry in decided.trace]
        [('consent', 'failed')]
    """
    trace: list[TraceEntry] = []
    for check in checks:
        finding = check(case)
        trace.append(finding.entry)
        if finding.decision is not None and _ends(finding, case):
            return Evaluation(finding.decision, tuple(trace))
    for late in last:
        finding = late(case, trace)
        trace.append(finding.entry)
        if finding.decision is not None and _ends(finding, case):
            return Evaluation(finding.decision, tuple(trace))
    return Evaluation(Stored(Status.ACCEPTED), tuple(trace))


def _ends(finding: CheckResult, case: DecisionInput) -> bool:
    return not finding.entry.overridable or case.campaign.quality.reject_to == "source"
