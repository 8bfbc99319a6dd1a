"""The check of the campaign's criteria (CAM-1 … CAM-3)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.evaluation import trace_detail, unmet
from chalicelib.intake.domain.decision import (
    Check,
    CheckResult,
    DecisionInput,
    Stored,
    failed,
    passed,
    skipped,
)
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-3"


def criteria(case: DecisionInput) -> CheckResult:
    """Reject a lead outside the criteria, with the name of the unmet criterion."""
    campaign_criteria = case.campaign.criteria
    if campaign_criteria is None:
        return skipped("criteria", _RULE)
    unmet_criterion = unmet(campaign_criteria, case.campaign, case.parsed, case.calculated)
    if unmet_criterion is None:
        return passed("criteria", _RULE)
    return outside(trace_detail(unmet_criterion, case.campaign, case.lead_type, case.parsed, case.calculated))


def outside(detail: Mapping[str, Any]) -> CheckResult:
    """Return the result for a lead outside the criteria."""
    decision = Stored(Status.REJECTED, ("outside_criteria",))
    return failed("criteria", _RULE, decision, detail, overridable=True)


def original_criteria(criterion: str | None) -> Check:
    """Return a check that repeats the original result: the unmet criterion, or None if all were met.

    It replaces `criteria` in a replay if the criteria use a contact that was corrected since (CAM-20).
    """
    return lambda case: (
        passed("criteria", _RULE) if criterion is None else outside({"criterion": criterion, "why": "kept"})
    )
