"""The check of the campaign's limits (CAM-10)."""

from chalicelib.intake.domain import limit_state
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Stored, failed, passed, skipped
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-10"


def limits(case: DecisionInput) -> CheckResult:
    """Reject a lead over a limit, with the name of the limit. A test lead takes no place."""
    settings = case.campaign.limits
    if not settings.are_set or case.parsed.test:
        return skipped("limits", _RULE)
    state = case.limits_now
    name = limit_state.reached(settings, state)
    if name is None:
        return passed("limits", _RULE)
    most, taken = limit_state.measures(settings, state)[name]
    detail = {"limit": name, "most": most, "taken": taken}
    return failed("limits", _RULE, Stored(Status.REJECTED, ("over_limit",)), detail)
