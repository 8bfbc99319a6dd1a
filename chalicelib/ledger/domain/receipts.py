"""The ids and addresses of receipts of erasures (PRI-32)."""

import hashlib
import re
from typing import TypedDict, cast

from chalicelib.core.times import iso
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry

_ID = re.compile(r"rct_(?P<lead_id>.+)_(?P<at>\d{1,11})", re.ASCII)


class ReceiptDetail(TypedDict):
    """The detail of a receipt: the lead, the basis, the times, the lag, and the rows of each store."""

    lead_id: str
    basis: str
    due_at: str | None
    erase_at: str | None
    erased_at: str
    lag_s: int
    stores: dict[str, int | bool]
    recipients: list[str]


def detail_of(entry: Entry) -> ReceiptDetail:
    """Return the detail of a receipt's entry."""
    return cast(ReceiptDetail, entry.detail)


def id_of(lead_id: str, erased_at: int) -> str:
    """Return the id of a lead's receipt. A lead is erased once, so its facts determine the id."""
    return f"rct_{lead_id}_{erased_at}"


def entry_id_of(lead_id: str) -> str:
    """Return the id of the entry that is the lead's only receipt."""
    return ledger_entries.entry_id("receipt", lead_id)


def address_of(receipt_id: str) -> tuple[str, str] | None:
    """Return lead id and sort key of the receipt with this id, or None if the id is not valid."""
    match = _ID.fullmatch(receipt_id)
    if match is None:
        return None
    lead_id = match["lead_id"]
    return lead_id, f"{iso(int(match['at']))}#{entry_id_of(lead_id)}"


def contact_digest(nonce: str, contact: str) -> str:
    """Return the digest of a forgotten contact for the ledger: SHA-256(nonce + contact) (PRI-32).

    Only the person gets the nonce, and it is not stored. So only they can prove which contact it was; a number alone
    could be guessed. `contact` is the normal form (E.164, or the normalised address).
    """
    return hashlib.sha256(f"{nonce}{contact}".encode()).hexdigest()
