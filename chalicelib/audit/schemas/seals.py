"""Seals of the ledger, and proofs by them (PRI-32)."""

from pydantic import Field

from chalicelib.audit import domain as seals
from chalicelib.http.schemas.base import Contract, PageQuery, Query


class Seal(Contract):
    """One sealed UTC day: the Merkle root and the count of its entries, bound to the seal before."""

    day: str
    root: str
    count: int
    previous: str = Field(description="`digest` of the seal before; 64 zeros where the chain begins.")
    digest: str = Field(description="SHA-256 of `day|root|count|previous`. The next seal is bound to it.")

    @classmethod
    def of(cls, seal: seals.Seal) -> "Seal":
        """Return a seal as the API shows it."""
        return cls(day=seal.day, root=seal.root, count=seal.count, previous=seal.previous, digest=seal.digest)


class SealPage(Contract):
    """A page of seals, newest first."""

    items: list[Seal]
    next: str | None


class SealQuery(PageQuery):
    """How many seals, and where to continue."""


class SealedEntriesQuery(Query):
    """Which of a sealed day's entries."""

    limit: int = Field(default=1000, ge=1, le=5000, description="How many lines a page holds.")
    cursor: str | None = Field(
        default=None, max_length=4096, description="`X-Next-Cursor` of the page before."
    )


class ProofStep(Contract):
    """One step of a Merkle path, lowest first."""

    digest: str
    left: bool = Field(description="Whether this digest is hashed on the left of the one below.")


class SealProof(Contract):
    """The proof that a sealed day contains the receipt; `python -m infra.verify` checks it offline."""

    entry: str = Field(description="The sealed bytes of the receipt's entry, as text.")
    index: int
    path: list[ProofStep]
    seal: Seal

    @classmethod
    def of(cls, proof: seals.Proof) -> "SealProof":
        """Return a proof as the API shows it."""
        path = [ProofStep(digest=step.digest, left=step.left) for step in proof.path]
        return cls(entry=proof.content, index=proof.index, path=path, seal=Seal.of(proof.seal))
