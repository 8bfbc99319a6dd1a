"""Entries of the ledger: who did or read what, without personal data (PRI-27 … PRI-32)."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.core.access import Actor
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S, iso, utc_day
from chalicelib.ledger.domain import kinds

SHARDS = 16
SEALS_KEPT_DAYS = 2190
BY_USER = "by_user"
"""The user that a job acts for, in the detail of its entries."""


class EntryKind(StrEnum):
    """The kind of an entry, which determines how long it is kept."""

    CHANGE = "change"
    ACCESS = "access"
    RECEIPT = "receipt"
    SEAL = "seal"


@dataclass(frozen=True)
class FieldChange:
    """One changed field by name, with its values if they are not personal (PRI-27)."""

    name: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Entry:
    """One entry: time, actor, action, and the item it concerns (`lead/<id>`, `campaign/<id>`, …)."""

    kind: EntryKind
    subject: str
    id: str
    at: int
    actor_kind: str
    actor_id: str
    action: str
    fields: tuple[FieldChange, ...] = ()
    through: str | None = None
    detail: Mapping[str, Any] | None = None

    @property
    def at_id(self) -> str:
        """Return the sort key: time, then id, so that the entries of a subject are in order."""
        return f"{iso(self.at)}#{self.id}"

    @property
    def user_id(self) -> str | None:
        """Return the user who acted, or for whom a job acted, or None."""
        return self.actor_id if self.actor_kind == "user" else (self.detail or {}).get(BY_USER)

    @property
    def day_shard(self) -> str:
        """Return the day's shard of this entry. A day has sixteen, so that it is no hot partition."""
        number = int(hashlib.sha256(self.id.encode()).hexdigest()[:8], 16) % SHARDS
        return f"{utc_day(self.at)}#{number:02d}"


@dataclass(frozen=True)
class Access:
    """An access to persons: the actor, the way (view, list, …), and the request id, which identifies one access."""

    actor: Actor
    through: str
    request_id: str


class KeepDays(Protocol):
    """The two settings of the organisation that the ledger needs: how many days entries are kept."""

    @property
    def changes_kept_days(self) -> int:
        """Return how many days changes and receipts are kept."""

    @property
    def accesses_kept_days(self) -> int:
        """Return how many days accesses are kept."""


def change(
    actor: Actor,
    subject: str,
    action: str,
    at: int,
    entry_id: str,
    fields: tuple[FieldChange, ...] = (),
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Return the entry of a change. It is written in the transaction of the change (PRI-27).

    The entry of a job names the user it acts for as well (PRI-29). Raise ValueError for a word that the record does not
    know (PRI-28).
    """
    kinds.require_change(subject, action)
    if actor.for_user is not None:
        detail = {**(detail or {}), BY_USER: actor.for_user}
    return Entry(EntryKind.CHANGE, subject, entry_id, at, actor.kind, actor.id, action, fields, detail=detail)


def access(actor: Actor, subject: str, through: str, at: int, entry_id: str) -> Entry:
    """Return the entry of one access to a person (PRI-30). Raise ValueError for a word that is not known (PRI-28)."""
    kinds.require_access(subject, through)
    return Entry(EntryKind.ACCESS, subject, entry_id, at, actor.kind, actor.id, "read", through=through)


def entry_id(*parts: object) -> str:
    """Return an id derived from what the entry records, so that one action is recorded once."""
    framed = "".join(f"{len(str(part))}:{part}" for part in parts)
    return hashlib.sha256(framed.encode()).hexdigest()[:32]


def kept_until(entry: Entry, changes_kept_days: int, accesses_kept_days: int) -> int:
    """Return when an entry is removed; seals are kept for at least six years (data-model.md, Ledger)."""
    days = accesses_kept_days if entry.kind is EntryKind.ACCESS else changes_kept_days
    if entry.kind is EntryKind.SEAL:
        days = max(days, SEALS_KEPT_DAYS)
    return entry.at + days * DAY_S
