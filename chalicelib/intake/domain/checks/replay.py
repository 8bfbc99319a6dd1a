"""A key that was decided on before (INT-9)."""

from chalicelib.core.errors import Invalid
from chalicelib.intake.domain.decision import CheckResult, DecisionInput, Replay, RequestError, failed, passed

_RULE = "INT-9"


def replay(case: DecisionInput) -> CheckResult:
    """End with the stored verdict if this key has one; refuse the key if it came with other content."""
    if case.facts is None:
        return passed("replay", _RULE)
    if case.facts.is_live(case.now) and case.facts.digest != case.digest:
        message = "This idempotency key was used for other content."
        return failed(
            "replay", _RULE, RequestError(Invalid(message, "key_reused")), {"lead_id": case.facts.lead_id}
        )
    return failed("replay", _RULE, Replay(case.facts), {"lead_id": case.facts.lead_id})
