"""Records the proof by which a forgotten person, and no other, can show that they were forgotten (PRI-32)."""

from collections.abc import Sequence

from chalicelib.core.access import Actor
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain import receipts
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain.forgetting import ContactRef, CountedLead

_NAMED = 1000


def contact_proof(
    actor: Actor,
    found: Sequence[ContactRef],
    facts: Sequence[Facts | CountedLead],
    nonce: str,
    now: int,
    job_id: str | None = None,
) -> tuple[str, ...]:
    """Record the leads that are forgotten for the contact, under SHA-256(nonce + contact). Return the digests.

    With a `job_id` the leads are those of its order, and the first thousand are named. Call it before the erasure:
    afterwards no row connects the contact with its leads. The nonce is given to the person and not stored. Without it
    a digest has no meaning. There is one digest for each normal form of the contact.
    """
    named = found if facts or job_id else ()
    digests = tuple(receipts.contact_digest(nonce, contact.normal) for contact in named)
    for contact, digest in zip(named, digests, strict=True):
        ids = sorted(lead.lead_id for lead in facts if contact.is_read_in(lead.project_id))
        detail = {"contact_digest": digest, "leads": len(ids), "lead_ids": ids[:_NAMED]}
        detail |= {"job_id": job_id} if job_id else {}
        entry_id = ledger_entries.entry_id("contact_forgotten", digest)
        entry = ledger_entries.change(
            actor, f"forgetting/{digest}", "contact_forgotten", now, entry_id, detail=detail
        )
        ledger.append(entry, cached_organisation(now))
    return digests
