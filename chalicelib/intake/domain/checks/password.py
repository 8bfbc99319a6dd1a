"""The check of the campaign's password (INT-5)."""

import hmac

from chalicelib.core.errors import Unauthenticated
from chalicelib.intake.domain.decision import (
    CheckResult,
    DecisionInput,
    RequestError,
    failed,
    passed,
    skipped,
)

_RULE = "INT-5"
_PASSED = passed("password", _RULE)
_SKIPPED = skipped("password", _RULE)


def password(case: DecisionInput) -> CheckResult:
    """Fail for a wrong or missing password if the campaign has one. Users of the organisation need none."""
    expected = case.campaign.password_hash
    if expected is None or (case.actor is not None and case.actor.kind != "credential"):
        return _SKIPPED
    if hmac.compare_digest(expected, case.password_hash or ""):
        return _PASSED
    message = "The campaign password is wrong or missing: send it in the header `X-Campaign-Password`."
    error = Unauthenticated(message, "wrong_password")
    return failed("password", _RULE, RequestError(error, bad_credential=True))
