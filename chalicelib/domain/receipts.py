"""By what name the receipt of an erasure is asked for (PRI-32)."""

import re

from chalicelib.domain import ledger
from chalicelib.domain.times import iso

_ID = re.compile(r"rct_(?P<lead_id>.+)_(?P<at>\d{1,11})", re.ASCII)


def id_of(lead_id: str, erased_at: int) -> str:
    """Return the id of a lead's receipt; a lead is erased once, so it follows from the facts."""
    return f"rct_{lead_id}_{erased_at}"


def entry_of(lead_id: str) -> str:
    """Return the id of the entry that is a lead's receipt; a lead has one."""
    return ledger.entry_id("receipt", lead_id)


def address_of(receipt_id: str) -> tuple[str, str] | None:
    """Return lead id and sort key under which the receipt of this id stands, or None if it can be none."""
    match = _ID.fullmatch(receipt_id)
    if match is None:
        return None
    lead_id = match["lead_id"]
    return lead_id, f"{iso(int(match['at']))}#{entry_of(lead_id)}"
