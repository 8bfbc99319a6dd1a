"""The check of the fields against the lead type (INT-7)."""

from chalicelib.core.errors import Invalid
from chalicelib.intake.domain.decision import (
    CheckOutcome,
    CheckResult,
    DecisionInput,
    RequestError,
    TraceEntry,
    failed,
    passed,
)

_RULE = "INT-7"
_PASSED = passed("shape", _RULE)


def shape(case: DecisionInput) -> CheckResult:
    """Fail for a lead with bad fields, and list all of them."""
    errors = case.parsed.errors
    if not errors:
        return _with_notes(case) if case.parsed.notes else _PASSED
    detail = {"fields": [{"field": error.field, "code": error.code} for error in errors]}
    return failed(
        "shape", _RULE, RequestError(Invalid("Some fields are not acceptable.", fields=errors)), detail
    )


def _with_notes(case: DecisionInput) -> CheckResult:
    """Return the result of a lead whose values were read with a remark: mended, `unverified`, `unread`."""
    detail = {"notes": [{"field": name, "note": note} for name, note in case.parsed.notes]}
    return CheckResult(TraceEntry("shape", CheckOutcome.PASSED, _RULE, detail))
