"""Who was forgotten can prove it, and nobody else can tell who it was (PRI-32)."""

from collections.abc import Sequence

from chalicelib.domain import ledger, receipts
from chalicelib.domain.access import Actor
from chalicelib.domain.forgetting import ContactRef
from chalicelib.domain.leads import Facts
from chalicelib.stores import ledger as record
from chalicelib.usecases.organisation import cached_organisation

_NAMED = 1000


def contact_proof(
    found: Sequence[ContactRef], facts: Sequence[Facts], nonce: str, actor: Actor, now: int
) -> tuple[str, ...]:
    """Record which leads are forgotten for the contact, under SHA-256(nonce + contact); return the digests.

    Before the erasure, because afterwards nothing leads from the contact to its leads. The nonce goes to the
    person and is kept nowhere: without it the digest says nothing. One digest for each way the contact is read.
    """
    ids = sorted(one.lead_id for one in facts)
    digests = tuple(receipts.contact_digest(nonce, one.normal) for one in found) if facts else ()
    for digest in digests:
        detail = {"contact_digest": digest, "leads": len(ids), "lead_ids": ids[:_NAMED]}
        entry_id = ledger.entry_id("contact_forgotten", digest)
        entry = ledger.change(
            f"forgetting/{digest}", "contact_forgotten", actor, now, entry_id, detail=detail
        )
        record.append(entry, cached_organisation(now))
    return digests
