"""The check of the validation services' results (CAM-13, CAM-25)."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.intake.domain.decision import (
    CheckOutcome,
    CheckResult,
    DecisionInput,
    Stored,
    TraceEntry,
    failed,
    skipped,
)
from chalicelib.leads.domain.leads import Status

DUPLICATE = "external_duplicate"
_RULE = "CAM-13"
_SKIPPED = skipped("services", _RULE)
_REJECTED = Stored(Status.REJECTED, ("service_failed",))
_EXTERNAL_DUPLICATE = Stored(Status.DUPLICATE, ("duplicate",))


def services(case: DecisionInput) -> CheckResult:
    """Reject a lead whose data a service finds wrong. A service that fails holds the lead or is ignored.

    A *duplicate* found by the external check is like a duplicate of ours. It takes precedence over other findings, and
    no default reject option overrides it (CAM-16, CAM-25).
    """
    if not any(service.enabled for service in case.campaign.services.values()):
        return _SKIPPED
    results = case.ask_services()
    wrong = _names(results, lambda result: result.passed is False)
    detail = _detail(results, case.campaign.quality.on_service_failure == "hold")
    if DUPLICATE in wrong:
        return failed("services", "CAM-25", _EXTERNAL_DUPLICATE, detail)
    if wrong:
        return failed("services", _RULE, _REJECTED, detail, overridable=True)
    return CheckResult(TraceEntry("services", CheckOutcome.PASSED, _RULE, detail))


def _detail(results: Mapping[str, ServiceResult], hold: bool) -> dict[str, Any]:
    """Return which services passed, found wrong data, failed or did not run, and their details; nothing personal."""
    failing = _names(results, lambda result: result.failed)
    detail = {
        "passed": _names(results, lambda result: result.passed is True),
        "wrong": _names(results, lambda result: result.passed is False),
        "failed": failing,
        "not_run": _names(results, lambda result: not result.ran and not result.failed),
        "found": {name: dict(result.detail) for name, result in results.items() if result.detail},
        "hold": bool(failing) and hold,
    }
    return {name: value for name, value in detail.items() if value}


def _names(results: Mapping[str, ServiceResult], condition: Callable[[ServiceResult], bool]) -> list[str]:
    return sorted(name for name, result in results.items() if condition(result))
