"""The record leaves the house: recorded before it does (PRI-28)."""

from chalicelib.audit.usecases.list_entries import EntryFilter, EntryPage, EntryPosition, list_entries
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def export_entries(
    access: Access, wanted: EntryFilter, limit: int, after: EntryPosition | None, now: int
) -> EntryPage:
    """Return what `list_entries` does, once an access entry says who exported which thing's or day's record.

    Unavailable if that entry cannot be written, and then nothing is exported.
    """
    found = list_entries(access.actor, wanted, limit, after, now)
    subject = wanted.subject or f"day/{wanted.day}"
    entry_id = ledger_entries.entry_id("export", access.request_id, subject)
    ledger.append(
        ledger_entries.access(access.actor, subject, "export", now, entry_id), cached_organisation(now)
    )
    return found
