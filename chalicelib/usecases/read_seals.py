"""The seals of the record, and the proof of one entry by them (PRI-32)."""

from chalicelib.domain import seals
from chalicelib.domain.ledger import Entry
from chalicelib.domain.seals import GENESIS, Proof, Seal, SealedDay
from chalicelib.domain.times import utc_day
from chalicelib.gateways import vault
from chalicelib.stores import ledger

_AT_ONCE = 100
_LOOKED_BACK = 400
_PROVED_WITHIN = 9


def key_of(day: str) -> str:
    """Return the key of a day's seal in the bucket."""
    return f"seals/{day}.json"


def sealed_day(day: str) -> SealedDay | None:
    """Return a sealed day with its leaves as it lies under lock, or None."""
    text = vault.kept(key_of(day))
    return None if text is None else seals.read_sealed(text)


def latest_seal(now: int) -> Seal | None:
    """Return the last seal of the 400 days before, or None if nothing was sealed."""
    last = seals.last_sealable(now)
    for skipped, days in ((0, 1), *((number, _AT_ONCE) for number in range(0, _LOOKED_BACK, _AT_ONCE))):
        found = _seals_of(seals.day_after(last, -skipped), days, now)
        if found:
            return found[0]
    return None


def list_seals(limit: int, after: str | None, now: int) -> tuple[list[Seal], str | None]:
    """Return up to `limit` seals, newest first, and the day to go on before; None where the chain begins."""
    day = seals.last_sealable(now) if after is None else seals.day_after(after, -1)
    found: list[Seal] = []
    for _ in range(_LOOKED_BACK // _AT_ONCE):
        found += _seals_of(day, min(_AT_ONCE, limit - len(found)), now)
        if found and found[-1].previous == GENESIS:
            return found, None
        if len(found) == limit:
            return found, found[-1].day
        day = seals.day_after(found[-1].day if found else day, -1 if found else -_AT_ONCE)
    return found, None


def prove(entry: Entry, now: int) -> Proof | None:
    """Return the proof by the day the entry stands in, its own or, if it came late, one soon after; else None."""
    first, last = utc_day(entry.at), seals.last_sealable(now)
    for number in range(_PROVED_WITHIN):
        day = seals.day_after(first, number)
        kept = sealed_day(day) if day <= last else None
        proof = seals.proof_of(entry, kept) if kept else None
        if proof is not None:
            return proof
    return None


def _seals_of(last: str, days: int, now: int) -> list[Seal]:
    """Return the seals among so many days up to `last`, newest first."""
    addresses = [seals.address_of(seals.day_after(last, -number)) for number in range(days)]
    return [seals.seal_in(entry) for entry in ledger.get_all(addresses, now)]
