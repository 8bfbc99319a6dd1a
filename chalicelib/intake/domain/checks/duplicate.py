"""The check for duplicates (CAM-4 … CAM-9)."""

from chalicelib.core.times import iso
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Stored, failed, passed, skipped
from chalicelib.intake.domain.duplicates import original_of
from chalicelib.leads.domain.leads import Status

_RULE = "CAM-5"
_PASSED = passed("duplicate", _RULE)
_SKIPPED = skipped("duplicate", _RULE)


def duplicate(case: DecisionInput) -> CheckResult:
    """Decide `duplicate` if an earlier lead in the period and scope has the values of one of the sets."""
    if not case.campaign.duplicates.enabled or case.parsed.test:
        return _SKIPPED
    original = original_of(case.windows, case.campaign, case.now)
    if original is None:
        return _PASSED
    decision = Stored(Status.DUPLICATE, ("duplicate",), original=original)
    detail = {
        "duplicate_of": original.lead_id,
        "received_at": iso(original.received_at),
        "days": case.campaign.duplicates.days,
    }
    return failed("duplicate", _RULE, decision, detail)
