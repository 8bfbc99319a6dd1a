"""By what name the receipt of an erasure is asked for (PRI-32)."""

import hashlib
import re
from typing import TypedDict, cast

from chalicelib.core.times import iso
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry

_ID = re.compile(r"rct_(?P<lead_id>.+)_(?P<at>\d{1,11})", re.ASCII)


class ReceiptDetail(TypedDict):
    """What the receipt of an erasure says: whose lead, why and when, how late, how many rows of each store."""

    lead_id: str
    basis: str
    due_at: str | None
    erase_at: str | None
    erased_at: str
    lag_s: int
    stores: dict[str, int | bool]
    recipients: list[str]


def detail_of(entry: Entry) -> ReceiptDetail:
    """Return what an entry that is a receipt says."""
    return cast(ReceiptDetail, entry.detail)


def id_of(lead_id: str, erased_at: int) -> str:
    """Return the id of a lead's receipt; a lead is erased once, so it follows from the facts."""
    return f"rct_{lead_id}_{erased_at}"


def entry_of(lead_id: str) -> str:
    """Return the id of the entry that is a lead's receipt; a lead has one."""
    return ledger_entries.entry_id("receipt", lead_id)


def address_of(receipt_id: str) -> tuple[str, str] | None:
    """Return lead id and sort key under which the receipt of this id stands, or None if it can be none."""
    match = _ID.fullmatch(receipt_id)
    if match is None:
        return None
    lead_id = match["lead_id"]
    return lead_id, f"{iso(int(match['at']))}#{entry_of(lead_id)}"


def contact_digest(nonce: str, contact: str) -> str:
    """Return what the record may keep of a forgotten contact: SHA-256(nonce + contact) (PRI-32).

    The nonce is given to the person and kept nowhere, so that only they can prove which contact it was; a number
    alone could be guessed. `contact` is the normal form (E.164, or the normalised address).
    """
    return hashlib.sha256(f"{nonce}{contact}".encode()).hexdigest()
