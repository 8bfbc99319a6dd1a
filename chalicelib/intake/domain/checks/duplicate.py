"""Whether the person came in before (CAM-4 … CAM-9)."""

from chalicelib.core.times import iso
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Stored, failed, passed, skipped
from chalicelib.intake.domain.duplicates import original_of
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-5"


def duplicate(case: DecisionInput) -> CheckResult:
    """End with `duplicate` if an earlier lead within the window and the scope has one of the sets' values."""
    if not case.campaign.duplicates.enabled or case.parsed.test:
        return skipped("duplicate", _RULE)
    original = original_of(case.windows, case.campaign, case.now)
    if original is None:
        return passed("duplicate", _RULE)
    ending = Stored(Status.DUPLICATE, ("duplicate",), original=original)
    detail = {
        "duplicate_of": original.lead_id,
        "received_at": iso(original.received_at),
        "days": case.campaign.duplicates.days,
    }
    return failed("duplicate", _RULE, ending, detail)
