"""The record: changes, accesses, receipts (table `ledger`); rows are only ever added (PRI-31)."""

import json
from dataclasses import asdict
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.domain.ledger import Entry, FieldChange, Kind, kept_until
from chalicelib.domain.retention import expires_at
from chalicelib.domain.setup import Organisation
from chalicelib.stores import rows
from chalicelib.stores.batch import Put
from chalicelib.stores.rows import MetaDefaults, Row


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


def added(entry: Entry, organisation: Organisation) -> Put:
    """Return the write that adds an entry, only where none is (PRI-31)."""
    until = kept_until(entry, organisation.changes_kept_days, organisation.accesses_kept_days)
    row = LedgerRow(
        entry.subject,
        entry.at_id,
        day_shard=entry.day_shard,
        kind=entry.kind.value,
        body=json.dumps(asdict(entry), separators=(",", ":")),
        expires_at=expires_at(until, entry.at),
    )
    return Put(row, LedgerRow.subject.does_not_exist())


def add(entry: Entry, organisation: Organisation) -> None:
    """Add one entry of its own (an access); the same entry again changes nothing. Unavailable if it cannot."""
    put = added(entry, organisation)
    with rows.answering():
        try:
            put.row.save(condition=put.condition)
        except PutError as error:
            if rows.code_of(error) != "ConditionalCheckFailedException":
                raise


def of_subject(subject: str, now: int) -> list[Entry]:
    """Return the live entries of one thing, oldest first."""
    return [_entry(row) for row in rows.query(LedgerRow, subject, now)]


def _entry(row: LedgerRow) -> Entry:
    body = json.loads(row.body)
    body["kind"] = Kind(body["kind"])
    body["fields"] = tuple(FieldChange(**change) for change in body["fields"])
    return Entry(**body)
