"""The check of the campaign's criteria (CAM-1 … CAM-3)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.evaluation import trace_detail, unmet
from chalicelib.intake.domain.decision import (
    Check,
    CheckOutcome,
    CheckResult,
    DecisionInput,
    Stored,
    TraceEntry,
    failed,
    passed,
    skipped,
)
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-3"
_PASSED = passed("criteria", _RULE)
_SKIPPED = skipped("criteria", _RULE)


def criteria(case: DecisionInput) -> CheckResult:
    """Reject a lead outside the criteria, with the name of the unmet criterion.

    Where a criterion needs a city, a state or a country that the lead lacks, services complete it first (CAM-13).
    """
    campaign_criteria = case.campaign.criteria
    if campaign_criteria is None:
        return _SKIPPED
    added = {"completed": sorted(case.completed)} if case.completed else {}
    parsed, calculated = case.parsed_now, case.calculated_now
    unmet_criterion = unmet(campaign_criteria, case.campaign, parsed, calculated)
    if unmet_criterion is None:
        entry = TraceEntry("criteria", CheckOutcome.PASSED, _RULE, added)
        return CheckResult(entry) if added else _PASSED
    detail = trace_detail(unmet_criterion, case.campaign, case.lead_type, parsed, calculated)
    if _waits_for_service(case):
        held = TraceEntry("criteria", CheckOutcome.FAILED, _RULE, {**detail, **added, "hold": True})
        return CheckResult(held)
    return outside({**detail, **added})


def _waits_for_service(case: DecisionInput) -> bool:
    """Return True if a service that should complete the lead failed, and the campaign holds such leads (CAM-13)."""
    failing = any(result.failed for result in case.completion.values())
    return failing and case.campaign.quality.on_service_failure == "hold"


def outside(detail: Mapping[str, Any]) -> CheckResult:
    """Return the result for a lead outside the criteria."""
    decision = Stored(Status.REJECTED, ("outside_criteria",))
    return failed("criteria", _RULE, decision, detail, overridable=True)


def original_criteria(criterion: str | None) -> Check:
    """Return a check that repeats the original result: the unmet criterion, or None if all were met.

    It replaces `criteria` in a replay if the criteria use a contact that was corrected since (CAM-20).
    """
    return lambda case: _PASSED if criterion is None else outside({"criterion": criterion, "why": "kept"})
