"""The ledger: changes, accesses, receipts and seals (table `ledger`). Rows are only added (PRI-31)."""

import heapq
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import expires_at
from chalicelib.core.times import DAY_S, day_start, iso, parse_instant, utc_day
from chalicelib.ledger.domain.entries import SHARDS, Entry, EntryKind, FieldChange, KeepDays, kept_until

_AT_ONCE = 50
_DAY = len("2026-12-31")


class ByDay(GlobalSecondaryIndex["LedgerRow"]):
    """All entries of a UTC day, in sixteen shards."""

    class Meta:
        """Index settings."""

        index_name = "by_day"
        projection = AllProjection()  # type: ignore[no-untyped-call]

    day_shard = UnicodeAttribute(hash_key=True)
    at_id = UnicodeAttribute(range_key=True)


class LedgerRow(Row):
    """One entry."""

    TABLE: ClassVar[str] = "ledger"
    OWN_WRITE: ClassVar[bool] = True

    class Meta(MetaDefaults):
        """Table settings."""

    subject = UnicodeAttribute(hash_key=True)
    at_id = UnicodeAttribute(range_key=True)
    day_shard = UnicodeAttribute()
    kind = UnicodeAttribute()
    body = UnicodeAttribute()
    expires_at = NumberAttribute()
    by_day = ByDay()


@dataclass(frozen=True)
class EntryPlace:
    """The position of an entry in a list, and the entry. An expired entry is None, and so is the end of a day."""

    at_id: str
    entry: Entry | None
    ends_day: bool = False


def insert(entry: Entry, keep: KeepDays) -> Put:
    """Return the write that adds an entry, if its key is not in use (PRI-31)."""
    until = kept_until(entry, keep.changes_kept_days, keep.accesses_kept_days)
    row = LedgerRow(
        entry.subject,
        entry.at_id,
        day_shard=entry.day_shard,
        kind=entry.kind.value,
        body=json.dumps(asdict(entry), separators=(",", ":"), ensure_ascii=False),
        expires_at=expires_at(until, entry.at),
    )
    return Put(row, LedgerRow.subject.does_not_exist())


def append(entry: Entry, keep: KeepDays) -> None:
    """Add one entry outside of a transaction. The same entry again changes nothing. Raise Unavailable if it fails."""
    put = insert(entry, keep)
    with rows.translate_errors():
        try:
            put.row.save(condition=put.condition)
        except PutError as error:
            if rows.error_code(error) != "ConditionalCheckFailedException":
                raise


def list_subject(subject: str, now: int) -> list[Entry]:
    """Return the live entries of one subject, oldest first."""
    return [_entry(row) for row in rows.query(LedgerRow, subject, now)]


def list_newest(subject: str, limit: int, now: int) -> list[Entry]:
    """Return the live ones among the newest `limit` entries of one subject, newest first."""
    raw = rows.page(LedgerRow, subject, limit=limit, newest_first=True).items
    found = (LedgerRow.from_raw_data(item) for item in raw)
    return [_entry(row) for row in found if rows.if_live(row, now)]


def first_entry(subject: str) -> Entry | None:
    """Return the oldest entry of one subject, or None."""
    raw = rows.page(LedgerRow, subject, limit=1).items
    return _entry(LedgerRow.from_raw_data(raw[0])) if raw else None


def get(subject: str, at_id: str, now: int) -> Entry | None:
    """Return one live entry by its key, or None."""
    row = rows.get(LedgerRow, subject, at_id, now)
    return None if row is None else _entry(row)


def places_of_subject(subject: str, after: str | None, now: int) -> Iterator[EntryPlace]:
    """Yield the entries of one subject as they are read, oldest first, starting after `after`."""
    return _lane(subject, None, after, now)


def places_of_day(day: str, after: str | None, now: int) -> Iterator[EntryPlace]:
    """Yield the entries of a UTC day as they are read, oldest first, starting after `after`; the shards are merged."""
    lanes = (_lane(f"{day}#{shard:02d}", "by_day", after, now) for shard in range(SHARDS))
    return heapq.merge(*lanes, key=lambda place: place.at_id)


def places_between(after: str, until: str, now: int) -> Iterator[EntryPlace]:
    """Yield the entries of the sort keys after one and before another as they are read, day by day, oldest first.

    A sort key begins with its instant, so an instant is a sort key before its entries. After each day but the last one
    is a place without an entry, because a day without entries costs reads, too. Days to come are left out.
    """
    day, last = after[:_DAY], min(_day_before(until), utc_day(now))
    while day <= last:
        for place in places_of_day(day, after, now):
            if place.at_id >= until:
                return
            yield place
        day = utc_day(day_start(day) + DAY_S)
        if day <= last:
            after = iso(day_start(day))
            yield EntryPlace(after, None, ends_day=True)


def _day_before(until: str) -> str:
    """Return the UTC day of the last second before an instant."""
    return utc_day(parse_instant(until) - 1)


def _lane(hash_key: str, index: str | None, after: str | None, now: int) -> Iterator[EntryPlace]:
    key = None
    between = None if after is None else LedgerRow.at_id > after
    while True:
        page = rows.page(LedgerRow, hash_key, limit=_AT_ONCE, after=key, index=index, between=between)
        for item in page.items:
            row = LedgerRow.from_raw_data(item)
            yield EntryPlace(row.at_id, _entry(row) if rows.if_live(row, now) else None)
        key = page.next
        if key is None:
            return


def _entry(row: LedgerRow) -> Entry:
    body = json.loads(row.body)
    body["kind"] = EntryKind(body["kind"])
    body["fields"] = tuple(FieldChange(**change) for change in body["fields"])
    return Entry(**body)
