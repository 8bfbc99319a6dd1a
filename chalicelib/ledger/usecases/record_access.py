"""Records every reading of a person before the person is shown (PRI-30)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.core.errors import Unavailable
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Access, Entry, KeepDays

_AT_ONCE = 100


def record_access(access: Access, lead_ids: Sequence[str], keep: KeepDays, now: int) -> None:
    """Add one entry for each lead to the access log. Raise Unavailable if that fails: then show no person."""
    entries = [_entry(access, lead_id, now) for lead_id in lead_ids]
    if len(entries) == 1:
        ledger.append(entries[0], keep)
        return
    for start in range(0, len(entries), _AT_ONCE):
        writes = [ledger.insert(entry, keep) for entry in entries[start : start + _AT_ONCE]]
        try:
            batch.write(writes, batch.token_of("access", access.request_id, start, now))
        except batch.Cancelled as error:
            raise Unavailable("The reading could not be recorded, so nothing is shown.") from error


def _entry(access: Access, lead_id: str, now: int) -> Entry:
    entry_id = ledger_entries.entry_id("access", access.request_id, lead_id)
    return ledger_entries.access(access.actor, f"lead/{lead_id}", access.through, now, entry_id)
