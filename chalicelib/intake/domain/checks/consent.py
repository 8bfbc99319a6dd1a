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


def consent(case: DecisionInput) -> CheckResult:
    """Reject a lead without consent if the campaign says so. Otherwise the check fails, and the lead comes in."""
    settings = case.campaign.consent
    if not settings.enabled:
        return skipped("consent", _RULE)
    if case.parsed.evidence.get("tcpa_consent") is True:
        return passed("consent", _RULE)
    if not settings.reject:
        return _FLAGGED
    return failed("consent", _RULE, Stored(Status.REJECTED, ("no_consent",)))


_FLAGGED = CheckResult(TraceEntry("consent", CheckOutcome.FAILED, _RULE))
