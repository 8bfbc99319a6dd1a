"""Forgetting and legal holds as the API takes and shows them (PRI-6 … PRI-11, RET-19)."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.blocks.schemas import ContactQuery
from chalicelib.http.schemas.base import Confirmable, Contract, optional_field
from chalicelib.http.schemas.values import End
from chalicelib.jobs.schemas import ContactProof
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import Entry as Recorded
from chalicelib.privacy.domain.forgetting import ForgetWork


class ForgetLead(Confirmable):
    """Forget one lead. `keep_out` is required and has no default (PRI-10)."""

    keep_out: bool


class ForgetContact(ContactQuery, ForgetLead):
    """Forget all leads of one contact."""


class ErasureReceipt(Contract):
    """The proof of one erasure (PRI-32)."""

    receipt_id: str
    lead_id: str
    basis: str
    due_at: str | None
    erased_at: str
    lag_s: int
    stores: dict[str, Any] = Field(description="How many rows were removed, by store.")
    recipients: list[str]

    @classmethod
    def of(cls, entry: Recorded) -> "ErasureReceipt":
        """Return a receipt as the API shows it."""
        detail = receipts.detail_of(entry)
        return cls(
            receipt_id=receipts.id_of(detail["lead_id"], entry.at),
            lead_id=detail["lead_id"],
            basis=detail["basis"],
            due_at=detail["due_at"],
            erased_at=detail["erased_at"],
            lag_s=detail["lag_s"],
            stores=detail["stores"],
            recipients=detail["recipients"],
        )


class ForgetResult(Contract):
    """The result of forgetting a contact: one receipt for each lead."""

    receipts: list[ErasureReceipt]
    contact_proof: ContactProof | None = optional_field("For the person; left out if there was no lead.")


class ReceiptIds(Contract):
    """The receipts of a contact's leads, by id."""

    receipt_ids: list[str]

    @classmethod
    def of(cls, work: ForgetWork) -> "ReceiptIds":
        """Return the receipt ids of the leads erased so far."""
        erased = work.tally.get("erased", {})
        return cls(receipt_ids=[receipts.id_of(lead_id, at) for lead_id, at in sorted(erased.items())])


class NewLegalHold(Contract):
    """The ground and the end of a legal hold, at most a year ahead."""

    ground: Literal["litigation", "regulator", "dispute", "legal_obligation"]
    until: End = Field(
        description="A day, which is included, in the project's zone, or an instant with a zone."
    )
