"""The contact index and the duplicate index (table `contacts`): keyed hashes only, removed by TTL."""

import json
from dataclasses import asdict
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import BatchRows, Check, Delete, Key, Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.retention import expires_at
from chalicelib.leads.domain.duplicate_index import Original, Window

_WINDOW = "window#"
_LEAD = "lead#"


class ContactRow(Row):
    """A row of the contact index (`lead#<id>`) or of the duplicate index (`window#<lead type>`)."""

    TABLE: ClassVar[str] = "contacts"

    class Meta(MetaDefaults):
        """Table settings."""

    ref = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    originals = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def put_lead(ref: str, lead_id: str, erase_at: int | None, now: int) -> Put:
    """Return the write that lists a lead under a contact, with its end.

    Unconditional: the row holds only its key and its end. The condition on the facts, in the same transaction, decides.
    """
    return Put(ContactRow(ref, _LEAD + lead_id, expires_at=expires_at(erase_at, now)), None)


def delete_lead(ref: str, lead_id: str) -> Delete:
    """Return the write that removes a lead from a contact's list. Unconditional: an absent row is no error."""
    return Delete(ContactRow(ref, _LEAD + lead_id))


def list_leads(ref: str, now: int) -> list[str]:
    """Return the ids of the live leads listed under a contact."""
    return [row.entry.removeprefix(_LEAD) for row in rows.query(ContactRow, ref, now, _LEAD)]


def window_key(ref: str, lead_type_id: str) -> Key:
    """Return the key of a row of the duplicate index, for a batch read."""
    return Key(ContactRow, ref, _WINDOW + lead_type_id)


def window_from_batch(ref: str, lead_type_id: str, batch_rows: BatchRows) -> Window:
    """Return the row of the duplicate index that a batch read found, or an empty one."""
    row = batch_rows.get(ContactRow, ref, _WINDOW + lead_type_id)
    return Window(ref, lead_type_id) if row is None else _window(row)


def list_windows(ref: str) -> list[Window]:
    """Return the rows of the duplicate index under a ref, expired or not; for erasure and new ends."""
    return [_window(row) for row in rows.get_including_expired(ContactRow, ref, _WINDOW)]


def require_window(window: Window, now: int) -> Check:
    """Return the condition that a row is as it was read, for a write that adds a lead in another form (CAM-4)."""
    row = ContactRow(window.ref, _WINDOW + window.lead_type_id)
    if window.version == 0:
        return Check(row, rows.absent_or_expired(ContactRow, now))
    return Check(row, (ContactRow.version == window.version) & (ContactRow.originals == window.as_read))


def put_window(window: Window, now: int) -> Put | Delete:
    """Return the write that replaces exactly the row that was read. A row without earlier leads is removed.

    An expired row counts as absent, whatever it holds (data-model.md, Deadlines and expiry).
    """
    row = ContactRow(
        window.ref,
        _WINDOW + window.lead_type_id,
        originals=json.dumps([asdict(original) for original in window.originals], separators=(",", ":")),
        version=window.version,
        expires_at=expires_at(window.ends_at, now),
    )
    before = window.version - 1
    unchanged = (ContactRow.version == before) & (ContactRow.originals == window.as_read)
    if not window.originals:
        return Delete(row, unchanged)
    return Put(row, rows.absent_or_expired(ContactRow, now) if before == 0 else unchanged)


def _window(row: ContactRow) -> Window:
    as_read = row.originals or "[]"
    originals = tuple(Original(**original) for original in json.loads(as_read))
    return Window(row.ref, row.entry.removeprefix(_WINDOW), originals, int(row.version or 0), as_read)
