"""Read the seals of the ledger, and prove one entry by them (PRI-32)."""

from chalicelib.audit import domain as seals
from chalicelib.audit.domain import GENESIS, Proof, Seal, SealedDay
from chalicelib.aws import seal_archive
from chalicelib.core.paging import DayPosition, Page
from chalicelib.core.times import utc_day
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry

_LOOKED_BACK = 100
_PROVED_WITHIN = 9


def key_of(day: str) -> str:
    """Return the key of a day's seal in the bucket."""
    return f"seals/{day}.json"


def locked_day(day: str) -> SealedDay | None:
    """Return a sealed day with its leaves from the locked archive, or None; for the sealing run."""
    text = seal_archive.get(key_of(day))
    return None if text is None else seals.read_sealed(text)


def seal_of(day: str, now: int) -> Seal | None:
    """Return the seal of a day from its entry in the ledger, or None."""
    entry = ledger.get(*seals.address_of(day), now)
    return None if entry is None else seals.seal_in(entry)


def sealed_day(day: str, now: int) -> SealedDay | None:
    """Return a sealed day with its leaves, or None if the ledger has no seal of it."""
    if day > seals.last_sealable(now) or seal_of(day, now) is None:
        return None
    return locked_day(day)


def latest_seal(now: int) -> Seal | None:
    """Return the latest seal of the last hundred days, or None if no day was sealed."""
    last = seals.last_sealable(now)
    days = (seals.day_after(last, -number) for number in range(_LOOKED_BACK))
    return next((seal for day in days if (seal := seal_of(day, now)) is not None), None)


def list_seals(limit: int, after: DayPosition | None, now: int) -> Page[Seal, DayPosition]:
    """Return up to `limit` seals, newest first, of the days before the position."""
    newest = latest_seal(now) if after is None else seal_of(seals.day_after(after["day"], -1), now)
    items: list[Seal] = []
    while newest is not None:
        items.append(newest)
        if newest.previous == GENESIS:
            return Page(items, None)
        if len(items) == limit:
            return Page(items, {"day": newest.day})
        newest = seal_of(seals.day_after(newest.day, -1), now)
    return Page(items, None)


def prove(entry: Entry, now: int) -> Proof | None:
    """Return the proof by the day that sealed the entry: its own or, for a late entry, one soon after; else None."""
    first, last = utc_day(entry.at), seals.last_sealable(now)
    days = (seals.day_after(first, number) for number in range(_PROVED_WITHIN))
    for day in days:
        stored = sealed_day(day, now) if day <= last else None
        proof = seals.proof_of(entry, stored) if stored else None
        if proof is not None:
            return proof
    return None
