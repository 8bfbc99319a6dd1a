"""What the validation services say (CAM-13)."""

from chalicelib.domain.intake import Case, Finding, Line, Outcome, Settled, failed, skipped
from chalicelib.domain.leads import Status

_RULE = "CAM-13"


def services(case: Case) -> Finding:
    """Reject a lead whose data a service calls wrong; one that cannot answer holds the lead or is passed by."""
    if not any(one.enabled for one in case.campaign.services.values()):
        return skipped("services", _RULE)
    results = case.ask_services()
    wrong = sorted(name for name, result in results.items() if result.passed is False)
    silent = sorted(name for name, result in results.items() if result.failed)
    detail = {name: dict(result.detail) for name, result in results.items() if result.detail}
    if wrong:
        duplicate = wrong == ["external_duplicate"]
        ending = Settled(Status.DUPLICATE, ("duplicate",)) if duplicate else _REJECTED
        return failed("services", _RULE, ending, {"wrong": wrong, **detail}, mild=not duplicate)
    if silent and case.campaign.quality.on_service_failure == "hold":
        return Finding(Line("services", Outcome.PASSED, _RULE, {"hold": True, "failed": silent, **detail}))
    return Finding(
        Line("services", Outcome.PASSED, _RULE, {"failed": silent, **detail} if silent else detail)
    )


_REJECTED = Settled(Status.REJECTED, ("service_failed",))
