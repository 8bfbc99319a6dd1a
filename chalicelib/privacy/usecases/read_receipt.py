"""Reads the receipt of one erasure (PRI-32)."""

from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.core.times import iso
from chalicelib.leads.domain.visibility import may_see
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import Entry, EntryKind


def read_receipt(actor: Actor, receipt_id: str, now: int) -> Entry:
    """Return the ledger entry of a receipt. Raise NotFound if it does not exist or the actor may not see it (ACC-4).

    It shows no person, so the reading is not recorded (PRI-30).
    """
    address = receipts.address_of(receipt_id)
    facts = None if address is None else leads.get_as_stored(address[0], now)
    if address is None or facts is None or not may_see(actor, facts):
        raise NotFound("There is no such receipt.")
    return _receipt(facts.lead_id, address[1], now)


def receipt_of(lead_id: str, now: int) -> Entry:
    """Return the receipt of an erased lead. Raise NotFound if the lead is not erased."""
    facts = leads.get_as_stored(lead_id, now)
    if facts is None or facts.erased_at is None:
        raise NotFound("There is no such receipt.")
    return _receipt(lead_id, f"{iso(facts.erased_at)}#{receipts.entry_id_of(lead_id)}", now)


def _receipt(lead_id: str, at_id: str, now: int) -> Entry:
    entry = ledger.get(f"lead/{lead_id}", at_id, now)
    if entry is None or entry.kind is not EntryKind.RECEIPT:
        raise NotFound("There is no such receipt.")
    return entry
