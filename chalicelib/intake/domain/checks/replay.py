"""The check for a repeated idempotency key (INT-9)."""

from chalicelib.core.errors import Invalid
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Replay, RequestError, failed, passed

_RULE = "INT-9"
_PASSED = passed("replay", _RULE)


def replay(case: DecisionInput) -> CheckResult:
    """Answer with the stored result if the key has one; fail if the key came with other content."""
    if case.facts is None:
        return _PASSED
    if case.facts.is_live(case.now) and case.facts.digest != case.digest:
        message = "This idempotency key was used for other content."
        return failed(
            "replay", _RULE, RequestError(Invalid(message, "key_reused")), {"lead_id": case.facts.lead_id}
        )
    return failed("replay", _RULE, Replay(case.facts), {"lead_id": case.facts.lead_id})
