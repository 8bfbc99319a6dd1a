"""The check of the campaign's limits (CAM-10)."""

from chalicelib.intake.domain import limit_state
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Stored, failed, passed, skipped
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-10"
_PASSED = passed("limits", _RULE)
_SKIPPED = skipped("limits", _RULE)


def limits(case: DecisionInput) -> CheckResult:
    """Reject a lead over a limit, with the name of the limit. A test lead takes no place."""
    settings = case.campaign.limits
    if not settings.are_set or case.parsed.test:
        return _SKIPPED
    state = case.limits_now
    name = limit_state.reached(settings, state)
    if name is None:
        return _PASSED
    most, taken = limit_state.measures(settings, state)[name]
    detail = {"limit": name, "most": most, "taken": taken}
    return failed("limits", _RULE, Stored(Status.REJECTED, ("over_limit",)), detail)
