"""The record leaves the house: recorded before it does (PRI-28)."""

from typing import Any

from chalicelib.domain import ledger
from chalicelib.domain.ledger import Entry
from chalicelib.stores import ledger as record
from chalicelib.usecases.list_entries import EntryFilter, list_entries
from chalicelib.usecases.organisation import cached_organisation
from chalicelib.usecases.record_access import Access


def export_entries(
    wanted: EntryFilter, access: Access, limit: int, after: dict[str, Any] | None, now: int
) -> tuple[list[Entry], dict[str, Any] | None]:
    """Return what `list_entries` does, once an access entry says who exported which thing's or day's record.

    Unavailable if that entry cannot be written, and then nothing is exported.
    """
    found = list_entries(wanted, access.actor, limit, after, now)
    subject = wanted.subject or f"day/{wanted.day}"
    entry_id = ledger.entry_id("export", access.request_id, subject)
    record.append(ledger.access(subject, "export", access.actor, now, entry_id), cached_organisation(now))
    return found
