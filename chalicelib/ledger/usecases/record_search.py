"""Records every search for a contact, an empty one too, without the contact (PRI-5, PRI-31)."""

from collections.abc import Iterable

from chalicelib.aws import encrypted_tokens
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Access, KeepDays

_PURPOSE = "contact"


def record_search(access: Access, refs: Iterable[str], keep: KeepDays, now: int) -> None:
    """Add an entry for each contact that is searched for. Raise Unavailable if that fails.

    The entry names the contact by an opaque id: equal for equal contacts, without meaning to a reader without the key.
    """
    for ref in refs:
        subject = f"contact/{encrypted_tokens.encrypt_token(_PURPOSE, {'ref': ref})}"
        entry_id = ledger_entries.entry_id("search", access.request_id, subject)
        ledger.append(
            ledger_entries.access(access.actor, subject, access.through, now, entry_id),
            keep,
        )
