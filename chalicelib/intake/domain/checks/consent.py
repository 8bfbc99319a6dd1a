"""The check of the person's consent (CAM-11)."""

from chalicelib.intake.domain.decision import (
    CheckOutcome,
    CheckResult,
    DecisionInput,
    Stored,
    TraceEntry,
    failed,
    passed,
    skipped,
)
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-11"
_PASSED = passed("consent", _RULE)
_SKIPPED = skipped("consent", _RULE)


def consent(case: DecisionInput) -> CheckResult:
    """Reject a lead without consent if the campaign says so. Otherwise the check fails, and the lead comes in."""
    settings = case.campaign.consent
    if not settings.enabled:
        return _SKIPPED
    if case.parsed.evidence.get("tcpa_consent") is True:
        return _PASSED
    if not settings.reject:
        return _FLAGGED
    return failed("consent", _RULE, Stored(Status.REJECTED, ("no_consent",)))


_FLAGGED = CheckResult(TraceEntry("consent", CheckOutcome.FAILED, _RULE))
