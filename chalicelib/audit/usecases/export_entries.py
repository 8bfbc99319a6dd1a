"""Export entries of the ledger; the export is recorded first (PRI-28)."""

from chalicelib.audit.usecases.list_entries import EntryFilter, EntryPage, EntryPosition, list_entries
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def export_entries(
    access: Access, entry_filter: EntryFilter, limit: int, after: EntryPosition | None, now: int
) -> EntryPage:
    """Return what `list_entries` returns, after the export of the subject, day or range was recorded as an access.

    Raise Unavailable if the access cannot be recorded; then nothing is exported.
    """
    page = list_entries(access.actor, entry_filter, limit, after, now)
    subject = entry_filter.place
    entry_id = ledger_entries.entry_id("export", access.request_id, subject)
    ledger.append(
        ledger_entries.access(access.actor, subject, "export", now, entry_id), cached_organisation(now)
    )
    return page
