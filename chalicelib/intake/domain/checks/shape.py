"""The check of the fields against the lead type (INT-7)."""

from chalicelib.core.errors import Invalid
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, RequestError, failed, passed

_RULE = "INT-7"


def shape(case: DecisionInput) -> CheckResult:
    """Fail for a lead with bad fields, and list all of them."""
    errors = case.parsed.errors
    if not errors:
        return passed("shape", _RULE)
    detail = {"fields": [{"field": error.field, "code": error.code} for error in errors]}
    return failed(
        "shape", _RULE, RequestError(Invalid("Some fields are not acceptable.", fields=errors)), detail
    )
