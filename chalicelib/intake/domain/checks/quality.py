"""The check for quality control (CAM-15, CAM-16)."""

from collections.abc import Sequence

from chalicelib.intake.domain.decision import (
    CheckOutcome,
    CheckResult,
    DecisionInput,
    Stored,
    TraceEntry,
    failed,
    passed,
)
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-15"
_PASSED = passed("quality", _RULE)


def coverage(case: DecisionInput, trace: Sequence[TraceEntry]) -> CheckResult:
    """Skip. Planned: this check will look for a client of the lead (distribution)."""
    return _COVERAGE


def quality(case: DecisionInput, trace: Sequence[TraceEntry]) -> CheckResult:
    """Hold a lead for review: every lead, a lead that would be rejected, or one held by its letter or a service."""
    settings = case.campaign.quality
    holding = [line.check for line in trace if line.detail and line.detail.get("hold")]
    if settings.reject_to == "quality":
        holding += [line.check for line in trace if line.overridable]
    if settings.hold_all:
        holding.append("hold_all")
    if not holding:
        return _PASSED
    return failed("quality", _RULE, Stored(Status.HELD, ("held",)), {"because": holding})


_COVERAGE = CheckResult(TraceEntry("coverage", CheckOutcome.SKIPPED, "CAM"))
