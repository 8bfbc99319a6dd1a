"""Seal each day of the ledger with a digest that fits no other content (PRI-32)."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from chalicelib.audit import domain as seals
from chalicelib.audit.domain import GENESIS, Seal, SealedDay
from chalicelib.audit.usecases.read_seals import key_of, latest_seal, locked_day
from chalicelib.aws import seal_archive
from chalicelib.aws.dynamodb import batch, leases
from chalicelib.core.times import day_start
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

LATE_DAYS = 2
_FIRST_LATE_DAYS = 7
_DAYS_A_RUN = 31
_LEASE_S = 900
_WORK = "seal"


def seal_days(owner: str, has_time: Callable[[], bool], now: int) -> list[str]:
    """Seal every complete day that is not sealed, in order, while there is time; return the days sealed.

    A lease lets one run work at a time. A crash between object and entry, or two runs at once, result in the same
    seal: the object is written only if it does not exist, and the entry is derived from the object.
    """
    try:
        batch.write_one(leases.acquire(_WORK, owner, now, now + _LEASE_S))
    except batch.Cancelled:
        return []
    try:
        return list(_seal_missing(has_time, now))
    finally:
        with suppress(batch.Cancelled):
            batch.write_one(leases.release(_WORK, owner))


def seal_age_s(now: int) -> int | None:
    """Return how many seconds ago the last sealed day ended, or None if no day is sealed; for the alarm."""
    last = latest_seal(now)
    return None if last is None else now - day_start(seals.day_after(last.day))


def seal_day(day: str, before: Seal | None, now: int) -> Seal:
    """Seal one day, bound to the seal before it; after a crash, write the missing entry of its seal."""
    stored = locked_day(day)
    if stored is None:
        new = _sealed_now(day, before, now)
        seal_archive.put(key_of(day), new.text())
        stored = locked_day(day) or new
    ledger.append(seals.seal_entry(stored.seal, now), cached_organisation(now))
    return stored.seal


def _seal_missing(has_time: Callable[[], bool], now: int) -> Iterator[str]:
    last = seals.last_sealable(now)
    before = latest_seal(now)
    day = seals.day_after(before.day) if before else _orphan(last) or last
    for _ in range(_DAYS_A_RUN):
        if day > last or not has_time():
            return
        before = seal_day(day, before, now)
        yield day
        day = seals.day_after(day)


def _orphan(last: str) -> str | None:
    """Return the day of a first seal whose entry a crash left unwritten, or None."""
    days = (seals.day_after(last, -number) for number in range(_FIRST_LATE_DAYS))
    return min((day for day in days if locked_day(day)), default=None)


def _sealed_now(day: str, before: Seal | None, now: int) -> SealedDay:
    late = list(_late(day, LATE_DAYS if before else _FIRST_LATE_DAYS, now))
    leaves = sorted((*late, *_leaves_of(day, now)))
    addresses = [(subject, at_id) for at_id, subject, _ in sorted(late)]
    return seals.sealed(day, [leaf for _, _, leaf in leaves], before.digest if before else GENESIS, addresses)


def _late(day: str, days: int, now: int) -> Iterator[tuple[str, str, str]]:
    """Yield the entries of earlier days that were written after their day was sealed."""
    earlier = [seals.day_after(day, -number) for number in range(days, 0, -1)]
    known = {leaf for earlier_day in earlier for leaf in _sealed_leaves(earlier_day)}
    for earlier_day in earlier:
        yield from (leaf for leaf in _leaves_of(earlier_day, now) if leaf[2] not in known)


def _sealed_leaves(day: str) -> tuple[str, ...]:
    stored = locked_day(day)
    return stored.leaves if stored else ()


def _leaves_of(day: str, now: int) -> Iterator[tuple[str, str, str]]:
    entries = (place.entry for place in ledger.places_of_day(day, None, now))
    return (_leaf(entry) for entry in entries if entry is not None)


def _leaf(entry: Entry) -> tuple[str, str, str]:
    return entry.at_id, entry.subject, seals.leaf_of(seals.canonical_bytes(entry))
