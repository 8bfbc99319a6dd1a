"""The consent of the person (CAM-11)."""

from chalicelib.domain.intake import Case, Finding, Settled, failed, passed, skipped
from chalicelib.domain.leads import Status

_RULE = "CAM-11"


def consent(case: Case) -> Finding:
    """Reject a lead without consent where the campaign says so; else it is flagged on the lead (CAM-12)."""
    wanted = case.campaign.consent
    if not wanted.enabled:
        return skipped("consent", _RULE)
    if case.reading.evidence.get("tcpa_consent") is True or not wanted.reject:
        return passed("consent", _RULE)
    return failed("consent", _RULE, Settled(Status.REJECTED, ("no_consent",)))
