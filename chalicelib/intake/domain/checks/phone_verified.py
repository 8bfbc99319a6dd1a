"""The check of numbers that are possible, but that no numbering plan assigns (INT-7)."""

from typing import Any

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

_RULE = "INT-7"
_PASSED = passed("phone_verified", _RULE)
_SKIPPED = skipped("phone_verified", _RULE)


def phone_verified(case: DecisionInput) -> CheckResult:
    """Accept, hold or reject a lead with an `unverified` number, as the campaign says; without a number skip."""
    if not _has_phone(case):
        return _SKIPPED
    fields = sorted({mark["field"] for mark in case.parsed.phone_marks if mark.get("unverified")})
    return _unverified(case, {"fields": fields}) if fields else _PASSED


def original_phone_verified(failed_then: bool) -> Check:
    """Return a check that repeats the original outcome, for a lead with a contact that was corrected since (CAM-20)."""

    def check(case: DecisionInput) -> CheckResult:
        if not _has_phone(case):
            return _SKIPPED
        return _unverified(case, {"why": "kept"}) if failed_then else _PASSED

    return check


def _unverified(case: DecisionInput, detail: dict[str, Any]) -> CheckResult:
    action = case.campaign.phones.unverified
    if action == "reject":
        return failed("phone_verified", _RULE, Stored(Status.REJECTED, ("unverified_phone",)), detail)
    more = {"hold": True} if action == "hold" else {}
    return CheckResult(TraceEntry("phone_verified", CheckOutcome.FAILED, _RULE, {**detail, **more}))


def _has_phone(case: DecisionInput) -> bool:
    phones = case.lead_type.keys_by_kind.get("phone", ()) if case.lead_type else ()
    return not case.parsed.fields.keys().isdisjoint(phones)
