"""The check of numbers that are possible, but that no numbering plan assigns (INT-7)."""

from chalicelib.intake.domain.decision import (
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


def phone_verified(case: DecisionInput) -> CheckResult:
    """Accept, hold or reject a lead with an `unverified` number, as the campaign says; without a number skip."""
    if not _has_phone(case):
        return skipped("phone_verified", _RULE)
    fields = sorted({mark["field"] for mark in case.parsed.phone_marks if mark.get("unverified")})
    if not fields:
        return passed("phone_verified", _RULE)
    action = case.campaign.phones.unverified
    if action == "reject":
        decision = Stored(Status.REJECTED, ("unverified_phone",))
        return failed("phone_verified", _RULE, decision, {"fields": fields})
    detail = {"fields": fields, "hold": True} if action == "hold" else {"fields": fields}
    return CheckResult(TraceEntry("phone_verified", CheckOutcome.FAILED, _RULE, detail))


def _has_phone(case: DecisionInput) -> bool:
    fields = case.lead_type.fields if case.lead_type else ()
    return any(entry.kind == "phone" and entry.key in case.parsed.fields for entry in fields)
