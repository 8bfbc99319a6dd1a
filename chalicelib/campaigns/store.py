"""The counts of a campaign's limits, in rows that each have a share of them (table `counters`, CAM-10)."""

import json
from collections.abc import Iterable
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb import shares
from chalicelib.aws.dynamodb.batch import BatchRows, Key, Put, Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.core.shares import ChosenPlace, Measures, Share

_SLOT = "now"
_HALF = 0.5


class FormerRow(Row):
    """The one row of a campaign's limits (`limits#<campaign>`) that earlier releases counted in."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    minute = NumberAttribute(null=True)
    taken = NumberAttribute(null=True)
    before = UnicodeAttribute(null=True)
    day = UnicodeAttribute(null=True)
    in_day = NumberAttribute(null=True)
    in_month = NumberAttribute(null=True)


def measures(limits: Limits) -> Measures:
    """Return the limits as measures of rows."""
    return Measures(limits.hourly, limits.daily, limits.monthly)


def keys(campaign_id: str, numbers: Iterable[int]) -> list[Key]:
    """Return the keys of rows of a campaign's limits, for a batch read."""
    return shares.keys(_counter(campaign_id), numbers)


def from_batch(campaign_id: str, numbers: Iterable[int], batch_rows: BatchRows) -> list[Share]:
    """Return the rows that a batch read found."""
    return shares.from_batch(_counter(campaign_id), numbers, batch_rows)


def take(campaign_id: str, read: Share, place: ChosenPlace) -> Put | Update:
    """Return the write that takes a place, exact under any concurrency."""
    return shares.take(_counter(campaign_id), read, place)


def put(campaign_id: str, share: Share) -> Put:
    """Return the write of a row that was dealt, if nothing has written it since it was read."""
    return shares.put(_counter(campaign_id), share)


def former_key(campaign_id: str) -> Key:
    """Return the key of the row of earlier releases."""
    return Key(FormerRow, _counter(campaign_id), _SLOT)


def former_from_batch(campaign_id: str, batch_rows: BatchRows) -> PeriodCounts | None:
    """Return what earlier releases have counted: nothing if there is no row, None if it is closed."""
    row = batch_rows.get(FormerRow, _counter(campaign_id), _SLOT)
    if row is None:
        return PeriodCounts()
    if row.minute % 1:
        return None
    return PeriodCounts(
        minute=int(row.minute),
        taken=int(row.taken),
        before={int(minute): count for minute, count in json.loads(row.before or "{}").items()},
        day=row.day,
        in_day=int(row.in_day),
        in_month=int(row.in_month),
    )


def close_former(campaign_id: str, read: PeriodCounts) -> Put:
    """Return the write that empties the row of earlier releases, which no function of such a release can write again.

    Its minute is between two minutes. A write of an earlier release, which requires the minute that it read as a whole
    number, is cancelled each time: a container that is still running then counts nothing beside the rows.
    """
    row = FormerRow(
        _counter(campaign_id),
        _SLOT,
        minute=read.minute + _HALF,
        taken=0,
        before="{}",
        day=read.day,
        in_day=0,
        in_month=0,
    )
    return Put(row, _unchanged(read))


def _unchanged(read: PeriodCounts) -> Condition:
    if read.minute == 0:
        return FormerRow.counter.does_not_exist()
    condition: Condition = (FormerRow.minute == read.minute) & (FormerRow.taken == read.taken)
    return condition


def _counter(campaign_id: str) -> str:
    return f"limits#{campaign_id}"
