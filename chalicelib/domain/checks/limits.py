"""How many leads the campaign takes (CAM-10)."""

from chalicelib.domain import limits as domain
from chalicelib.domain.intake import CheckResult, DecisionInput, Stored, failed, passed, skipped
from chalicelib.domain.leads import Status

_RULE = "CAM-10"


def limits(case: DecisionInput) -> CheckResult:
    """Reject the lead that would exceed a limit, naming it; a test lead takes no place."""
    wanted = case.campaign.limits
    if not wanted.are_set or case.parsed.test:
        return skipped("limits", _RULE)
    state = case.limits_now
    name = domain.reached(wanted, state)
    if name is None:
        return passed("limits", _RULE)
    most, taken = domain.measures(wanted, state)[name]
    detail = {"limit": name, "most": most, "taken": taken}
    return failed("limits", _RULE, Stored(Status.REJECTED, ("over_limit",)), detail)
