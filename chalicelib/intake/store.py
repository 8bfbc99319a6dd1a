"""The counts of a campaign's limits: one row, counted in the lead's own transaction (table `counters`, CAM-10)."""

import json
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb.batch import BatchRows, Key, Put, Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.intake.domain.limit_state import LimitState, room

_SLOT = "now"


class LimitRow(Row):
    """The state of one campaign's limits (`limits#<campaign>`)."""

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


def key(campaign_id: str) -> Key:
    """Return the key of a campaign's limits row, for a batch read."""
    return Key(LimitRow, _name(campaign_id), _SLOT)


def from_batch(campaign_id: str, batch_rows: BatchRows) -> LimitState:
    """Return the state from a batch read; an empty state if there is no row."""
    row = batch_rows.get(LimitRow, _name(campaign_id), _SLOT)
    if row is None:
        return LimitState()
    return LimitState(
        minute=int(row.minute),
        taken=int(row.taken),
        before={int(minute): count for minute, count in json.loads(row.before or "{}").items()},
        day=row.day,
        in_day=int(row.in_day),
        in_month=int(row.in_month),
    )


def acquire(campaign_id: str, limits: Limits, read: LimitState, clock: LimitState) -> Put | Update:
    """Return the write that takes one place, exact under any concurrency (CAM-10).

    In the minute that was read, the counts grow under the condition that there is room. In a later minute the row is
    replaced only if it is exactly as it was read, so that no count is lost.
    """
    if clock.minute != read.minute:
        return Put(_row(campaign_id, clock), _unchanged(read))
    row = LimitRow(_name(campaign_id), _SLOT)
    actions = [LimitRow.taken.add(1), LimitRow.in_day.add(1), LimitRow.in_month.add(1)]
    condition: Condition = LimitRow.minute == clock.minute
    for attribute, limit in zip(
        (LimitRow.taken, LimitRow.in_day, LimitRow.in_month), room(limits, clock), strict=True
    ):
        if limit is not None:
            condition = condition & (attribute < limit)
    return Update(row, actions, condition)


def _row(campaign_id: str, clock: LimitState) -> LimitRow:
    return LimitRow(
        _name(campaign_id),
        _SLOT,
        minute=clock.minute,
        taken=clock.taken + 1,
        before=json.dumps(dict(clock.before), separators=(",", ":")),
        day=clock.day,
        in_day=clock.in_day + 1,
        in_month=clock.in_month + 1,
    )


def _unchanged(read: LimitState) -> Condition:
    if read.minute == 0:
        return LimitRow.counter.does_not_exist()
    condition: Condition = (LimitRow.minute == read.minute) & (LimitRow.taken == read.taken)
    return condition


def _name(campaign_id: str) -> str:
    return f"limits#{campaign_id}"
