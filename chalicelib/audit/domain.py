"""Seals: a digest of each day of the ledger, which no other entries can produce (PRI-32).

The tree is that of RFC 6962: a leaf is SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right), and the left
subtree is the largest power of two. A seal binds the day's root and count to the seal before it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TypedDict, cast

from chalicelib.core.access import SYSTEM
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S, day_start, iso, utc_day
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry, EntryKind

GENESIS = "0" * 64
WAIT_S = 3600
_PREFIX = "seal/"


@dataclass(frozen=True)
class Seal:
    """One sealed day: its Merkle root, the number of entries, and the digest of the seal before it."""

    day: str
    root: str
    count: int
    previous: str

    @property
    def digest(self) -> str:
        """Return the digest that the next seal is bound to."""
        return hashlib.sha256(f"{self.day}|{self.root}|{self.count}|{self.previous}".encode()).hexdigest()


class SealDetail(TypedDict):
    """The detail of the ledger's entry of a seal."""

    day: str
    root: str
    count: int
    previous: str
    digest: str
    sealed_at: str


@dataclass(frozen=True)
class Step:
    """One step of a Merkle path: the digest of the sibling, and whether the sibling is on the left."""

    digest: str
    left: bool


@dataclass(frozen=True)
class SealedDay:
    """A seal with its leaf digests in order, and the addresses of its late entries (of earlier days)."""

    seal: Seal
    leaves: tuple[str, ...]
    late: tuple[tuple[str, str], ...] = ()

    def text(self) -> bytes:
        """Return the bytes of the locked file: the same for the same day."""
        content = {
            **asdict(self.seal),
            "digest": self.seal.digest,
            "leaves": self.leaves,
            "late": self.late,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Proof:
    """The proof that a sealed day has an entry: its sealed bytes, the position of its leaf, the path to the root."""

    seal: Seal
    index: int
    path: tuple[Step, ...]
    content: str

    def holds(self) -> bool:
        """Return True if the path leads from the sealed bytes to the seal's root."""
        return root_along(leaf_of(self.content.encode()), self.path) == self.seal.root


def sealed(day: str, leaves: Sequence[str], previous: str, late: Sequence[tuple[str, str]] = ()) -> SealedDay:
    """Return the day sealed over these leaves, bound to the digest of the seal before it."""
    return SealedDay(Seal(day, root_of(leaves), len(leaves), previous), tuple(leaves), tuple(late))


def read_sealed(text: bytes) -> SealedDay:
    """Return the day that `SealedDay.text` wrote."""
    content = json.loads(text)
    seal = Seal(content["day"], content["root"], content["count"], content["previous"])
    late = tuple((subject, at_id) for subject, at_id in content["late"])
    return SealedDay(seal, tuple(content["leaves"]), late)


def proof_of(entry: Entry, day: SealedDay) -> Proof | None:
    """Return the proof that the day has the entry, or None if it has not."""
    content = canonical_bytes(entry)
    leaf = leaf_of(content)
    if leaf not in day.leaves:
        return None
    index = day.leaves.index(leaf)
    return Proof(day.seal, index, path_of(day.leaves, index), content.decode())


def sealable_from(day: str) -> int:
    """Return the instant from which a UTC day may be sealed: an hour after its end."""
    return day_start(day) + DAY_S + WAIT_S


def day_after(day: str, days: int = 1) -> str:
    """Return the UTC day so many days after a day, or before it if negative."""
    return utc_day(day_start(day) + days * DAY_S)


def last_sealable(now: int) -> str:
    """Return the latest UTC day that may be sealed now."""
    return utc_day(now - DAY_S - WAIT_S)


def seal_entry(seal: Seal, now: int) -> Entry:
    """Return the ledger's entry of a seal, dated to the earliest instant of sealing. The day determines its address.

    So two runs that seal one day write one entry; `sealed_at` is the instant of the write.
    """
    detail: SealDetail = {
        "day": seal.day,
        "root": seal.root,
        "count": seal.count,
        "previous": seal.previous,
        "digest": seal.digest,
        "sealed_at": iso(now),
    }
    return Entry(
        kind=EntryKind.SEAL,
        subject=_PREFIX + seal.day,
        id=_entry_id(seal.day),
        at=sealable_from(seal.day),
        actor_kind=SYSTEM.kind,
        actor_id=SYSTEM.id,
        action="sealed",
        detail=detail,
    )


def address_of(day: str) -> tuple[str, str]:
    """Return the subject and sort key of a day's seal in the ledger."""
    return _PREFIX + day, f"{iso(sealable_from(day))}#{_entry_id(day)}"


def seal_in(entry: Entry) -> Seal:
    """Return the seal in an entry of the ledger."""
    detail = cast(SealDetail, entry.detail)
    return Seal(detail["day"], detail["root"], detail["count"], detail["previous"])


def _entry_id(day: str) -> str:
    return ledger_entries.entry_id("seal", day)


def canonical_bytes(entry: Entry) -> bytes:
    """Return the bytes of an entry that are sealed: equal for equal entries."""
    return json.dumps(asdict(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_of(content: bytes) -> str:
    """Return the leaf digest of an entry's canonical bytes."""
    return hashlib.sha256(b"\x00" + content).hexdigest()


def root_of(leaves: Sequence[str]) -> str:
    """Return the Merkle root of leaf digests in order; without leaves the SHA-256 of no bytes."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(root_of(leaves[:split]), root_of(leaves[split:]))


def path_of(leaves: Sequence[str], index: int) -> tuple[Step, ...]:
    """Return the steps from the leaf at `index` to the root, lowest first."""
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*path_of(leaves[:split], index), Step(root_of(leaves[split:]), left=False))
    return (*path_of(leaves[split:], index - split), Step(root_of(leaves[:split]), left=True))


def root_along(leaf: str, path: Sequence[Step]) -> str:
    """Return the root of a leaf and its path."""
    digest = leaf
    for step in path:
        digest = _node(step.digest, digest) if step.left else _node(digest, step.digest)
    return digest


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()
