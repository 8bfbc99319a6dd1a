"""Seals: what a day's record was, in one number that nobody can make fit another record (PRI-32).

The tree is that of RFC 6962: a leaf is SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right), and the left
subtree is the largest power of two. A seal binds the day's root and count to the seal before it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from chalicelib.domain.ledger import Entry

GENESIS = "0" * 64


@dataclass(frozen=True)
class Seal:
    """One sealed day: its Merkle root, how many entries, and the digest of the seal before."""

    day: str
    root: str
    count: int
    previous: str

    @property
    def digest(self) -> str:
        """Return what the next seal is bound to."""
        return hashlib.sha256(f"{self.day}|{self.root}|{self.count}|{self.previous}".encode()).hexdigest()


@dataclass(frozen=True)
class Step:
    """One step of a Merkle path: the sibling's digest and whether it stands to the left."""

    digest: str
    left: bool


def canonical(entry: Entry) -> bytes:
    """Return the bytes of an entry that are sealed: the same whoever writes them down."""
    return json.dumps(asdict(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_of(content: bytes) -> str:
    """Return the leaf digest of an entry's canonical bytes."""
    return hashlib.sha256(b"\x00" + content).hexdigest()


def root_of(leaves: Sequence[str]) -> str:
    """Return the Merkle root of leaf digests in order; that of no leaves is SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(root_of(leaves[:split]), root_of(leaves[split:]))


def path_of(leaves: Sequence[str], index: int) -> tuple[Step, ...]:
    """Return the steps that lead from the leaf at `index` to the root, lowest first."""
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*path_of(leaves[:split], index), Step(root_of(leaves[split:]), left=False))
    return (*path_of(leaves[split:], index - split), Step(root_of(leaves[:split]), left=True))


def root_along(leaf: str, path: Sequence[Step]) -> str:
    """Return the root that a leaf and its path lead to."""
    digest = leaf
    for step in path:
        digest = _node(step.digest, digest) if step.left else _node(digest, step.digest)
    return digest


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()
