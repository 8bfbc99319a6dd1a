"""Who was forgotten can prove it, and nobody else can tell who it was (PRI-32)."""

from collections.abc import Sequence

from chalicelib.core.access import Actor
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain import receipts
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain.forgetting import ContactRef

_NAMED = 1000


def contact_proof(
    actor: Actor, found: Sequence[ContactRef], facts: Sequence[Facts], nonce: str, now: int
) -> tuple[str, ...]:
    """Record which leads are forgotten for the contact, under SHA-256(nonce + contact); return the digests.

    Before the erasure, because afterwards nothing leads from the contact to its leads. The nonce goes to the
    person and is kept nowhere: without it the digest says nothing. One digest for each way the contact is read.
    """
    ids = sorted(one.lead_id for one in facts)
    digests = tuple(receipts.contact_digest(nonce, one.normal) for one in found) if facts else ()
    for digest in digests:
        detail = {"contact_digest": digest, "leads": len(ids), "lead_ids": ids[:_NAMED]}
        entry_id = ledger_entries.entry_id("contact_forgotten", digest)
        entry = ledger_entries.change(
            actor, f"forgetting/{digest}", "contact_forgotten", now, entry_id, detail=detail
        )
        ledger.append(entry, cached_organisation(now))
    return digests
