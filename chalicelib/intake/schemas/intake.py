"""The answer to a lead source (INT-8)."""

from typing import Literal

from chalicelib.campaigns.domain.reasons import message_of
from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.leads.domain.leads import Facts, Status

HTTP_STATUS = {Status.ACCEPTED: 201, Status.HELD: 202, Status.REJECTED: 200, Status.DUPLICATE: 200}
MEANINGFUL_STATUS = {Status.REJECTED: 422, Status.DUPLICATE: 409}


class LeadResponse(Contract):
    """The result for a lead. A lead that was not stored has no id; an erased one has only id, status and state."""

    lead_id: str | None = optional_field()
    status: Status
    state: Literal["erased"] | None = optional_field()
    reason: str | None = optional_field()
    message: str | None = optional_field()
    price: str | None = optional_field("What the organisation pays for the lead, as a decimal.")
    currency: str | None = optional_field()
    due_at: str | None = optional_field("The deadline: when the person will be gone.")
    duplicate_of: str | None = optional_field()
    test: bool | None = optional_field()
    checks: list[str] | None = optional_field(
        "Which checks failed, if the campaign shows this to its sources (CAM-19)."
    )

    @classmethod
    def of(cls, facts: Facts) -> "LeadResponse":
        """Return the result as it was answered first: the same bytes for every retry (INT-9)."""
        answer = facts.answer
        if answer is None:
            return cls.of_erased(facts)
        return cls(
            lead_id=facts.lead_id,
            status=answer.status,
            reason=answer.reason,
            message=message_of(answer.reason) if answer.reason else None,
            price=None if answer.price is None else str(answer.price),
            currency=answer.currency,
            due_at=None if answer.due_at is None else iso(answer.due_at),
            duplicate_of=answer.duplicate_of,
            test=answer.test or None,
            checks=list(answer.checks) or None,
        )

    @classmethod
    def of_erased(cls, facts: Facts) -> "LeadResponse":
        """Return the answer to a retry after the person is gone (INT-9)."""
        return cls(lead_id=facts.lead_id, status=facts.status, state="erased")

    @classmethod
    def declined(cls, reason: str) -> "LeadResponse":
        """Return the answer to a rejected lead that was not stored (INT-13)."""
        return cls(status=Status.REJECTED, reason=reason, message=message_of(reason))


class LeadStatus(Contract):
    """The present status of a lead for its source, without a reviewer's reason. An erased lead has its last one."""

    lead_id: str
    status: Status
    state: Literal["erased"] | None = optional_field()
    price: str | None = optional_field("What the organisation pays for the lead, as a decimal.")
    currency: str | None = optional_field()

    @classmethod
    def of(cls, facts: Facts, now: int) -> "LeadStatus":
        """Return the status as the API shows it."""
        if not facts.is_live(now):
            return cls(lead_id=facts.lead_id, status=facts.status, state="erased")
        price = facts.price if facts.status is Status.ACCEPTED else None
        return cls(
            lead_id=facts.lead_id,
            status=facts.status,
            price=None if price is None else str(price),
            currency=None if price is None else facts.currency,
        )
