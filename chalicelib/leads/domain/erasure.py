"""The end of a lead's person: what stays, and the proof that the rest is gone (RET-15)."""

from dataclasses import asdict, dataclass, replace

from chalicelib.core.access import SYSTEM
from chalicelib.core.retention import DeadlineOrigin, gone
from chalicelib.core.times import iso, optional_iso
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.ledger.domain.receipts import ReceiptDetail

_BASIS = {DeadlineOrigin.FORGET: "forget", DeadlineOrigin.TEST: "test"}


@dataclass(frozen=True)
class Removed:
    """How many rows and entries of a person are gone with one erasure; `ttl_first` if TTL had taken the person before.

    People's rows are those that lay there. Of contacts and windows it is the entries the lead was given, so that a
    repeat after a crash counts the same: one that TTL or later leads took a moment before counts. With `ttl_first`
    they cannot be counted, for only the person leads to them, and go by their own TTL.
    """

    people: int = 0
    contacts: int = 0
    windows: int = 0
    ttl_first: bool = False


def is_due(facts: Facts, now: int) -> bool:
    """Tell whether the person must go: its end has come, or somebody with a faster clock has begun."""
    return facts.erasing_at is not None or gone(facts.erase_at, now)


def begin_erasure(facts: Facts, now: int) -> Facts:
    """Return the facts with the mark from which the due cannot move any more."""
    return replace(facts, erasing_at=now)


def finish_erasure(facts: Facts, now: int) -> Facts:
    """Return the facts as they stay for ever."""
    return replace(without_content(facts), erased_at=now, basis=basis_of(facts))


def without_content(facts: Facts) -> Facts:
    """Return the facts without keyed digests and without the source's answer (data-model.md, Facts and person)."""
    return replace(facts, digest=None, answer=None, activity_mark="")


def basis_of(facts: Facts) -> str:
    """Return on what ground the person goes: retention, forget or test (PRI-32)."""
    return _BASIS.get(facts.retention.due_origin, "retention")


def lag_s(facts: Facts, now: int) -> int:
    """Return how many seconds after its end the person's rows went (RET-16).

    A late rejection makes a lead due at an instant that has passed: then the seconds since the rejection (RET-6).
    """
    return max(0, now - max(facts.erase_at or now, facts.reviewed_at or 0))


def receipt(facts: Facts, removed: Removed, now: int, through: str) -> Entry:
    """Return the proof of one erasure; a lead has one, so its id is made from the lead's (PRI-32)."""
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
        id=receipts.entry_of(facts.lead_id),
        at=now,
        actor_kind=SYSTEM.kind,
        actor_id=SYSTEM.id,
        action="erased",
        through=through,
        detail=detail,
    )
