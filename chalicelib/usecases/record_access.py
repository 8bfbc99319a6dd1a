"""Every reading of a person is recorded before the person is shown (PRI-30)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain import ledger
from chalicelib.domain.access import Actor
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ledger import Entry
from chalicelib.stores import batch
from chalicelib.stores import ledger as record
from chalicelib.usecases.organisation import cached_organisation

_AT_ONCE = 100


@dataclass(frozen=True)
class Access:
    """Who reads persons, through what (view, list, …), in which request: its id tells two readings apart."""

    actor: Actor
    through: str
    request_id: str


def record_access(lead_ids: Sequence[str], access: Access, now: int) -> None:
    """Add one entry for each lead; Unavailable if that is not possible, and then nobody may show the persons."""
    kept = cached_organisation(now)
    entries = [_entry(lead_id, access, now) for lead_id in lead_ids]
    if len(entries) == 1:
        record.append(entries[0], kept)
        return
    for start in range(0, len(entries), _AT_ONCE):
        writes = [record.insert(entry, kept) for entry in entries[start : start + _AT_ONCE]]
        try:
            batch.write(writes, batch.token_of("access", access.request_id, start, now))
        except batch.Cancelled as error:
            raise Unavailable("The reading could not be recorded, so nothing is shown.") from error


def _entry(lead_id: str, access: Access, now: int) -> Entry:
    entry_id = ledger.entry_id("access", access.request_id, lead_id)
    return ledger.access(f"lead/{lead_id}", access.through, access.actor, now, entry_id)
