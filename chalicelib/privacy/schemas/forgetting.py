"""Forgetting, legal holds, and the search of the privacy desk (PRI-1 … PRI-11, RET-19)."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.blocks.schemas import ContactQuery
from chalicelib.http.schemas.base import Confirmable, Contract, optional_field
from chalicelib.http.schemas.values import Instant
from chalicelib.jobs.schemas import ContactProof
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import Entry as Recorded
from chalicelib.privacy.domain.forgetting import ForgetWork


class ForgetLead(Confirmable):
    """Forget one lead; `keep_out` must be given, there is no default for it (PRI-10)."""

    keep_out: bool


class ForgetContact(ContactQuery, ForgetLead):
    """Forget everything of one contact."""


class ErasureReceipt(Contract):
    """The proof of one erasure (PRI-32)."""

    receipt_id: str
    lead_id: str
    basis: str
    due_at: str | None
    erased_at: str
    lag_s: int
    stores: dict[str, Any] = Field(description="How many rows went, by store.")
    recipients: list[str]

    @classmethod
    def of(cls, entry: Recorded) -> "ErasureReceipt":
        """Return a receipt as the desk gives it out."""
        told = receipts.detail_of(entry)
        return cls(
            receipt_id=receipts.id_of(told["lead_id"], entry.at),
            lead_id=told["lead_id"],
            basis=told["basis"],
            due_at=told["due_at"],
            erased_at=told["erased_at"],
            lag_s=told["lag_s"],
            stores=told["stores"],
            recipients=told["recipients"],
        )


class ForgetResult(Contract):
    """What forgetting a contact came to: one receipt for each lead."""

    receipts: list[ErasureReceipt]
    contact_proof: ContactProof | None = optional_field("For the person; nothing where nothing was held.")


class ReceiptIds(Contract):
    """The receipts of a contact's leads, by id."""

    receipt_ids: list[str]

    @classmethod
    def of(cls, work: ForgetWork) -> "ReceiptIds":
        """Return the receipts of what is erased."""
        erased = work.tally.get("erased", {})
        return cls(receipt_ids=[receipts.id_of(lead_id, at) for lead_id, at in sorted(erased.items())])


class NewLegalHold(Contract):
    """Why a lead is kept beyond its due, and until when (at most a year)."""

    ground: Literal["litigation", "regulator", "dispute", "legal_obligation"]
    until: Instant
