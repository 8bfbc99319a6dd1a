"""Every search for a contact is recorded, empty ones too, without the contact (PRI-5, PRI-31)."""

from collections.abc import Iterable

from chalicelib.domain import ledger
from chalicelib.gateways import seal
from chalicelib.stores import ledger as record
from chalicelib.usecases.organisation import cached_organisation
from chalicelib.usecases.record_access import Access

_SEAL = "contact"


def record_search(refs: Iterable[str], access: Access, now: int) -> None:
    """Add an entry for each contact that is looked for; Unavailable if that is not possible.

    The contact goes by an opaque id: equal for equal contacts, and nothing to who lacks the key.
    """
    for ref in refs:
        subject = f"contact/{seal.encrypt_token(_SEAL, {'ref': ref})}"
        entry_id = ledger.entry_id("search", access.request_id, subject)
        record.append(
            ledger.access(subject, access.through, access.actor, now, entry_id), cached_organisation(now)
        )
