"""The decision on a lead: checks in order, each with an entry in the trace (campaign.md, Order of the checks)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from typing import Any

from chalicelib.blocks.domain import Block
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria.evaluation import calculate
from chalicelib.campaigns.domain.services.completion import completed_fields, completing_services
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.core.access import Actor
from chalicelib.core.errors import LeadwardenError
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.core.period_counts import at as limits_at
from chalicelib.core.quick_dataclass import cached_value, dataclass
from chalicelib.leads.domain.duplicate_index import Original, Window
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import Grading


class CheckOutcome(StrEnum):
    """The outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


_FAILED = CheckOutcome.FAILED


@dataclass(frozen=True)
class TraceEntry:
    """One line of the trace: the check, its outcome, the rule, and the compared values (masked if personal)."""

    check: str
    outcome: CheckOutcome
    rule: str
    detail: Mapping[str, Any] | None = None
    overridable: bool = False  # failed, and ends the list only if the campaign rejects to the source (CAM-16)


@dataclass(frozen=True)
class RequestError:
    """The request ends with an error, and nothing is stored. A `bad_credential` counts for the campaign (ACC-9)."""

    error: LeadwardenError
    bad_credential: bool = False


@dataclass(frozen=True)
class Declined:
    """The lead is refused with a reason. Nothing of it is stored, and the rejection is counted (INT-11, INT-13)."""

    reason: str


@dataclass(frozen=True)
class Replay:
    """The key was used before, so the same answer is given again (INT-9)."""

    facts: Facts


@dataclass(frozen=True)
class Stored:
    """The lead is stored with this status and its reasons."""

    status: Status
    reasons: tuple[str, ...] = ()
    original: Original | None = None


Decision = RequestError | Declined | Replay | Stored


@dataclass(frozen=True)
class DecisionInput:
    """All values the checks use, read at one instant. Services are called only when their check runs.

    So are the limits' rows that were not read yet: `limits` are an estimate from those that were.
    """

    campaign: Campaign
    actor: Actor | None
    parsed: ParsedSubmission
    password_hash: str | None
    digest: str
    now: int
    facts: Facts | None = None
    blocks: Sequence[Block] = ()
    windows: Sequence[Window] = ()
    limits: PeriodCounts = PeriodCounts()
    look_for_place: Callable[[], PeriodCounts] | None = None
    zone: str = "UTC"
    lead_type: LeadType | None = None
    calculated: Mapping[str, Any] = field(default_factory=dict)
    grading: Grading | None = None
    ask_services: Callable[[], Mapping[str, ServiceResult]] = dict
    ask_some_services: Callable[[Iterable[str]], Mapping[str, ServiceResult]] = lambda names: {}

    @cached_value
    def limits_now(self) -> PeriodCounts:
        """Return what the limits have taken in the minute of the lead; the first call looks for a place (CAM-10)."""
        look = self.look_for_place
        return look() if look else limits_at(self.limits, self.now, self.zone)

    @property
    def limits_known(self) -> PeriodCounts:
        """Return what is known of the limits without another look: for a lead that needs no place, an estimate."""
        found: PeriodCounts | None = self.__dict__.get("limits_now")
        return limits_at(self.limits, self.now, self.zone) if found is None else found

    @cached_value
    def completed(self) -> Mapping[str, Any]:
        """Return the fields that services add for the criteria; it asks them, if the criteria need one (CAM-3)."""
        found = self._completion
        return completed_fields(self.campaign, self.lead_type, self.parsed.fields, found) if found else {}

    @property
    def completion(self) -> Mapping[str, ServiceResult]:
        """Return the results that completed the lead for its criteria; none before that."""
        found: Mapping[str, ServiceResult] = self.__dict__.get("_completion", {})
        return found

    @cached_value
    def _completion(self) -> Mapping[str, ServiceResult]:
        if not self.campaign.services:
            return {}
        names = completing_services(self.campaign, self.lead_type, self.parsed.fields)
        return self.ask_some_services(names) if names else {}

    @property
    def calculated_now(self) -> Mapping[str, Any]:
        """Return the calculated fields, of the completed lead once it has been completed."""
        return self._calculated_completed if self.__dict__.get("completed") else self.calculated

    @property
    def parsed_now(self) -> ParsedSubmission:
        """Return the lead, with the completed fields once it has been completed."""
        added = self.__dict__.get("completed")
        return replace(self.parsed, fields={**added, **self.parsed.fields}) if added else self.parsed

    @cached_value
    def _calculated_completed(self) -> Mapping[str, Any]:
        return calculate(self.campaign, self.parsed_now)


@dataclass(frozen=True)
class CheckResult:
    """The result of one check: its trace entry, and the decision if it may end the checks."""

    entry: TraceEntry
    decision: Decision | None = None


Check = Callable[[DecisionInput], CheckResult]
LastCheck = Callable[[DecisionInput, Sequence[TraceEntry]], CheckResult]


@dataclass(frozen=True)
class Evaluation:
    """The decision on a lead and the whole trace."""

    decision: Decision
    trace: tuple[TraceEntry, ...] = field(default=())

    @property
    def failed(self) -> tuple[TraceEntry, ...]:
        """Return the checks that failed (CAM-19)."""
        return tuple([line for line in self.trace if line.outcome is _FAILED])


def passed(check: str, rule: str) -> CheckResult:
    """Return the result of a check that the lead passed."""
    return CheckResult(TraceEntry(check, CheckOutcome.PASSED, rule))


def failed(
    check: str,
    rule: str,
    decision: Decision,
    detail: Mapping[str, Any] | None = None,
    *,
    overridable: bool = False,
) -> CheckResult:
    """Return the result of a check that failed, with its decision, which may be `overridable`."""
    return CheckResult(TraceEntry(check, CheckOutcome.FAILED, rule, detail, overridable), decision)


def skipped(check: str, rule: str) -> CheckResult:
    """Return the result of a check that does not apply."""
    return CheckResult(TraceEntry(check, CheckOutcome.SKIPPED, rule))


def decide(case: DecisionInput, checks: Sequence[Check], last: Sequence[LastCheck] = ()) -> Evaluation:
    """Run the checks in order until one ends them; the last ones get the trace so far.

    An overridable failure (criteria, services, grade) ends them only if the campaign rejects to the source (CAM-16).
    If no check ends them, the lead is accepted.

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
        result = check(case)
        trace.append(result.entry)
        if result.decision is not None and _ends(result, case):
            return Evaluation(result.decision, tuple(trace))
    for last_check in last:
        result = last_check(case, trace)
        trace.append(result.entry)
        if result.decision is not None and _ends(result, case):
            return Evaluation(result.decision, tuple(trace))
    return Evaluation(Stored(Status.ACCEPTED), tuple(trace))


def _ends(finding: CheckResult, case: DecisionInput) -> bool:
    return not finding.entry.overridable or case.campaign.quality.reject_to == "source"
