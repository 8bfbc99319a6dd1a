"""What a lead source is answered (INT-8)."""

from typing import Literal

from chalicelib.campaigns.domain.reasons import message_of
from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.leads.domain.leads import Facts, Status

HTTP_STATUS = {Status.ACCEPTED: 201, Status.HELD: 202, Status.REJECTED: 200, Status.DUPLICATE: 200}
MEANINGFUL_STATUS = {Status.REJECTED: 422, Status.DUPLICATE: 409}


class LeadResponse(Contract):
    """The verdict on a lead; a lead that was turned away has no id, an erased one nothing but its state."""

    lead_id: str | None = optional_field()
    status: Status
    state: Literal["erased"] | None = optional_field()
    reason: str | None = optional_field()
    message: str | None = optional_field()
    price: str | None = optional_field("What the organisation pays for the lead, as a decimal.")
    currency: str | None = optional_field()
    due_at: str | None = optional_field("When the person will be gone.")
    duplicate_of: str | None = optional_field()
    test: bool | None = optional_field()
    checks: list[str] | None = optional_field(
        "Which checks failed, where the campaign tells its source (CAM-19)."
    )

    @classmethod
    def of(cls, facts: Facts) -> "LeadResponse":
        """Return the verdict as it was given first: the same bytes for every retry (INT-9)."""
        given = facts.answer
        if given is None:
            return cls.of_erased(facts)
        return cls(
            lead_id=facts.lead_id,
            status=given.status,
            reason=given.reason,
            message=message_of(given.reason) if given.reason else None,
            price=None if given.price is None else str(given.price),
            currency=given.currency,
            due_at=None if given.due_at is None else iso(given.due_at),
            duplicate_of=given.duplicate_of,
            test=given.test or None,
            checks=list(given.checks) or None,
        )

    @classmethod
    def of_erased(cls, facts: Facts) -> "LeadResponse":
        """Return the answer to a retry after the person is gone (INT-9)."""
        return cls(lead_id=facts.lead_id, status=facts.status, state="erased")

    @classmethod
    def declined(cls, reason: str) -> "LeadResponse":
        """Return the answer to a lead of which nothing was stored (INT-13)."""
        return cls(status=Status.REJECTED, reason=reason, message=message_of(reason))
