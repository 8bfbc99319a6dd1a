"""Which leads the campaign wants (CAM-1 … CAM-3)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.evaluation import describe, unmet
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
    """Reject a lead outside the criteria, naming the criterion that it does not meet."""
    wanted = case.campaign.criteria
    if wanted is None:
        return skipped("criteria", _RULE)
    found = unmet(wanted, case.campaign, case.parsed, case.calculated)
    if found is None:
        return passed("criteria", _RULE)
    return outside(describe(found, case.campaign, case.lead_type, case.parsed, case.calculated))


def outside(detail: Mapping[str, Any]) -> CheckResult:
    """Return the finding of a lead that the campaign does not want."""
    ending = Stored(Status.REJECTED, ("outside_criteria",))
    return failed("criteria", _RULE, ending, detail, overridable=True)


def as_then(criterion: str | None) -> Check:
    """Return the check that finds what it found when the lead came in: the criterion that was not met, or none.

    It stands in the place of `criteria` where they would ask about a contact that is not there any more (CAM-20).
    """
    return lambda case: (
        passed("criteria", _RULE) if criterion is None else outside({"criterion": criterion, "why": "kept"})
    )
