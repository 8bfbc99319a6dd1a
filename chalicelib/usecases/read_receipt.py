"""The proof of one erasure (PRI-32)."""

from chalicelib.domain import receipts
from chalicelib.domain.access import Actor
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ledger import Entry, Kind
from chalicelib.domain.visibility import may_see
from chalicelib.stores import leads, ledger


def read_receipt(receipt_id: str, actor: Actor, now: int) -> Entry:
    """Return the entry that is the receipt; NotFound if there is none, or none for the actor (ACC-4).

    It shows no person, so the reading is not recorded (PRI-30).
    """
    address = receipts.address_of(receipt_id)
    facts = None if address is None else leads.get(address[0], now)
    if address is None or facts is None or not may_see(actor, facts):
        raise NotFound("There is no such receipt.")
    entry = ledger.get(f"lead/{facts.lead_id}", address[1], now)
    if entry is None or entry.kind is not Kind.RECEIPT:
        raise NotFound("There is no such receipt.")
    return entry
