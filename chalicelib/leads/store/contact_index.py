"""The contact index and the duplicate index (table `contacts`): keyed hashes only, removed by TTL."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar, NamedTuple

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import BatchRows, Check, Delete, Key, Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.paging import LastKey, Page
from chalicelib.core.retention import expires_at, gone
from chalicelib.leads.domain.duplicate_index import Original, Window
from chalicelib.leads.domain.leads import Facts

_WINDOW = "window#"
_LEAD = "lead#"
_HOLD = "hold#"
_AT_ONCE = 10_000  # more than the megabyte of one query holds


class ContactRow(Row):
    """A row of the contact index (`lead#<id>`, `hold#<id>`) or of the duplicate index (`window#<lead type>`)."""

    TABLE: ClassVar[str] = "contacts"

    class Meta(MetaDefaults):
        """Table settings."""

    ref = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    originals = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    project_id = UnicodeAttribute(null=True)
    received_at = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class ListedLead(NamedTuple):
    """An entry of the contact index. Entries of older leads have neither project nor time of receipt."""

    lead_id: str
    project_id: str | None
    received_at: int | None


def put_lead(ref: str, facts: Facts, now: int) -> Put:
    """Return the write that lists a lead under a contact, with its end, its project and its time of receipt.

    Unconditional: the row holds only what never changes, and its end. The condition on the facts, in the same
    transaction, decides.
    """
    row = ContactRow(
        ref,
        _LEAD + facts.lead_id,
        project_id=facts.project_id,
        received_at=facts.received_at,
        expires_at=expires_at(facts.erase_at, now),
    )
    return Put(row, None)


def delete_lead(ref: str, lead_id: str) -> Delete:
    """Return the write that removes a lead from a contact's list. Unconditional: an absent row is no error."""
    return Delete(ContactRow(ref, _LEAD + lead_id))


def lead_key(ref: str, lead_id: str) -> Key:
    """Return the key of a lead's entry under a contact, for a batch read."""
    return Key(ContactRow, ref, _LEAD + lead_id)


def list_leads(ref: str, now: int) -> list[str]:
    """Return the ids of the live leads listed under a contact."""
    return [lead.lead_id for lead in each_lead(ref, now)]


def each_lead(ref: str, now: int) -> Iterator[ListedLead]:
    """Yield the live leads listed under a contact as they are read, in the order of their ids."""
    after = None
    while True:
        page = page_of_leads(ref, _AT_ONCE, after, now)
        yield from page.items
        after = page.next
        if after is None:
            return


def page_of_leads(ref: str, limit: int, after: LastKey | None, now: int) -> Page[ListedLead]:
    """Return the live leads among the next `limit` entries under a contact; a page may have fewer, or none."""
    between = ContactRow.entry.startswith(_LEAD)
    page = rows.page(ContactRow, ref, limit=limit, after=after, between=between)
    return Page([_listed(item) for item in page.items if not _is_gone(item, now)], page.next)


def scan_leads(limit: int, after: LastKey | None, now: int) -> Page[str]:
    """Return the ids of the live leads that the next `limit` rows of the whole table name, each once, for a migration.

    A lead without contacts is in rows of the duplicate index alone.
    """
    page = rows.scan_page(ContactRow, limit=limit, after=after)
    named = (lead_id for item in page.items if not _is_gone(item, now) for lead_id in _leads_named(item))
    return Page(list(dict.fromkeys(named)), page.next)


def _leads_named(item: dict[str, Any]) -> list[str]:
    entry = item["entry"]["S"]
    if entry.startswith(_WINDOW):
        return [original["lead_id"] for original in json.loads(item["originals"]["S"])]
    return [entry.removeprefix(_LEAD)] if entry.startswith(_LEAD) else []


def put_hold(ref: str, lead_id: str, until: int, now: int) -> Put:
    """Return the write that lists a legal hold under a contact of its lead, until the hold ends.

    Unconditional: it only says that the facts are to be looked at.
    """
    return Put(ContactRow(ref, _HOLD + lead_id, expires_at=expires_at(until, now)), None)


def delete_hold(ref: str, lead_id: str) -> Delete:
    """Return the write that removes a legal hold from a contact's list. Unconditional: an absent row is no error."""
    return Delete(ContactRow(ref, _HOLD + lead_id))


def list_holds(ref: str, now: int) -> list[str]:
    """Return the ids of the leads under a contact that may be under a legal hold; their facts decide (RET-19)."""
    return [row.entry.removeprefix(_HOLD) for row in rows.query(ContactRow, ref, now, _HOLD)]


def window_key(ref: str, lead_type_id: str) -> Key:
    """Return the key of a row of the duplicate index, for a batch read."""
    return Key(ContactRow, ref, _WINDOW + lead_type_id)


def window_from_batch(ref: str, lead_type_id: str, batch_rows: BatchRows) -> Window:
    """Return the row of the duplicate index that a batch read found, or an empty one."""
    return window_of_key(window_key(ref, lead_type_id), batch_rows)


def window_of_key(key: Key, batch_rows: BatchRows) -> Window:
    """Return the row of the duplicate index with a key of `window_key`, as `window_from_batch` does."""
    row = batch_rows.get(ContactRow, key.hash_key, key.range_key)
    return Window(key.hash_key, key.range_key.removeprefix(_WINDOW)) if row is None else _window(row)


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


def _listed(item: dict[str, Any]) -> ListedLead:
    received_at = item.get("received_at")
    return ListedLead(
        item["entry"]["S"].removeprefix(_LEAD),
        item.get("project_id", {}).get("S"),
        None if received_at is None else int(received_at["N"]),
    )


def _is_gone(item: dict[str, Any], now: int) -> bool:
    ends_at = item.get("expires_at")
    return ends_at is not None and gone(int(ends_at["N"]), now)


def _window(row: ContactRow) -> Window:
    as_read = row.originals or "[]"
    originals = tuple(Original(**original) for original in json.loads(as_read))
    return Window(row.ref, row.entry.removeprefix(_WINDOW), originals, int(row.version or 0), as_read)
