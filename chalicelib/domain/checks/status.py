"""The campaign's status (INT-3)."""

from chalicelib.domain.intake import Case, Finding, TurnedAway, failed, passed

_RULE = "INT-3"


def status(case: Case) -> Finding:
    """Turn a lead away unless the campaign is active."""
    if case.campaign.takes_leads:
        return passed("status", _RULE)
    return failed("status", _RULE, TurnedAway("campaign_not_active"), {"status": case.campaign.status})
