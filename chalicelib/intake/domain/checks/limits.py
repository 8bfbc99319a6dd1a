"""How many leads the campaign takes (CAM-10)."""

from chalicelib.intake.domain import limit_state
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Stored, failed, passed, skipped
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-10"


def limits(case: DecisionInput) -> CheckResult:
    """Reject the lead that would exceed a limit, naming it; a test lead takes no place."""
    wanted = case.campaign.limits
    if not wanted.are_set or case.parsed.test:
        return skipped("limits", _RULE)
    state = case.limits_now
    name = limit_state.reached(wanted, state)
    if name is None:
        return passed("limits", _RULE)
    most, taken = limit_state.measures(wanted, state)[name]
    detail = {"limit": name, "most": most, "taken": taken}
    return failed("limits", _RULE, Stored(Status.REJECTED, ("over_limit",)), detail)
