"""The check against the Do Not Call list (INT-11)."""

from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Declined, failed, passed

_RULE = "INT-11"
_PASSED = passed("blocks", _RULE)


def blocks(case: DecisionInput) -> CheckResult:
    """Refuse a lead if one of its contacts is blocked for the project or for all projects."""
    if not case.blocks:
        return _PASSED
    return failed("blocks", _RULE, Declined("blocked"), {"blocks": len(case.blocks)})
