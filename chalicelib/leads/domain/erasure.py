"""The erasure of a lead's person: what remains in the facts, and the receipt (RET-15)."""

from dataclasses import asdict, replace

from chalicelib.core.access import SYSTEM
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import DeadlineOrigin, gone
from chalicelib.core.times import iso, optional_iso
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.ledger.domain.receipts import ReceiptDetail

_BASIS = {DeadlineOrigin.FORGET: "forget", DeadlineOrigin.TEST: "test"}


@dataclass(frozen=True)
class Removed:
    """The numbers of rows and entries that one erasure removed; `ttl_first` if TTL removed the person before.

    The rows of `people` are those that were found. For contacts and the duplicate index the lead's own entries count.
    So a repeat after a crash counts the same, even if TTL or later leads had removed one. With `ttl_first` they cannot
    be counted, because only the person has their refs. Their own TTL removes them.
    """

    people: int = 0
    contacts: int = 0
    windows: int = 0
    ttl_first: bool = False


def is_due(facts: Facts, now: int) -> bool:
    """Return True if the person must be erased: its end has come, or a process with a faster clock has begun."""
    return facts.erasing_at is not None or gone(facts.erase_at, now)


def begin_erasure(facts: Facts, now: int) -> Facts:
    """Return the facts with the mark after which the deadline cannot change."""
    return replace(facts, erasing_at=now)


def as_erased(facts: Facts, now: int) -> Facts:
    """Return the facts in the form in which they remain."""
    return replace(without_content(facts), erased_at=now, basis=basis_of(facts))


def without_content(facts: Facts) -> Facts:
    """Return the facts without keyed digests and without the source's result (data-model.md, Facts and person)."""
    return replace(facts, digest=None, answer=None, activity_mark="", comment_bytes=0, enters_later=False)


def basis_of(facts: Facts) -> str:
    """Return the basis of the erasure: retention, forget or test (PRI-32)."""
    return _BASIS.get(facts.retention.due_origin, "retention")


def lag_s(facts: Facts, now: int) -> int:
    """Return how many seconds after its end the person's rows were removed (RET-16).

    A late rejection can set an end in the past. Then the seconds since the rejection count (RET-6).
    """
    return max(0, now - max(facts.erase_at or now, facts.reviewed_at or 0))


def receipt(facts: Facts, removed: Removed, now: int, through: str) -> Entry:
    """Return the receipt of one erasure. A lead has one receipt, so its id is derived from the lead's (PRI-32)."""
    detail: ReceiptDetail = {
        "lead_id": facts.lead_id,
        "basis": basis_of(facts),
        "due_at": optional_iso(facts.retention.due_at),
        "erase_at": optional_iso(facts.erase_at),
        "erased_at": iso(now),
        "lag_s": lag_s(facts, now),
        "stores": asdict(removed),
        "recipients": [],
    }
    return Entry(
        kind=EntryKind.RECEIPT,
        subject=f"lead/{facts.lead_id}",
        id=receipts.entry_id_of(facts.lead_id),
        at=now,
        actor_kind=SYSTEM.kind,
        actor_id=SYSTEM.id,
        action="erased",
        through=through,
        detail=detail,
    )
