"""The check of the campaign's status (INT-3)."""

from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Declined, failed, passed

_RULE = "INT-3"
_PASSED = passed("status", _RULE)


def status(case: DecisionInput) -> CheckResult:
    """Refuse a lead unless the campaign is active."""
    if case.campaign.accepts_leads:
        return _PASSED
    return failed("status", _RULE, Declined("campaign_not_active"), {"status": case.campaign.status})
