"""The limits of earlier releases: one row, read and written as they did."""

import json
from dataclasses import replace

from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns import store
from chalicelib.campaigns.store import FormerRow
from chalicelib.core.period_counts import PeriodCounts, at
from tests.factories.rows import write

NAME = "limits#cmp_1"
MOST = 1_000


def read(now: int) -> PeriodCounts:
    """Return the state as an earlier release read it, which knew no row that is closed."""
    row = batch.read([store.former_key("cmp_1")], now).get(FormerRow, NAME, "now")
    if row is None:
        return PeriodCounts()
    before = {int(minute): count for minute, count in json.loads(row.before or "{}").items()}
    return PeriodCounts(int(row.minute), int(row.taken), before, row.day, int(row.in_day), int(row.in_month))


def take(state: PeriodCounts, now: int) -> None:
    """Take a place as an earlier release did, in the state that it has read."""
    present = at(state, now, "UTC")
    if present.minute == state.minute:
        actions = [FormerRow.taken.add(1), FormerRow.in_day.add(1), FormerRow.in_month.add(1)]
        room = (FormerRow.minute == present.minute) & (FormerRow.taken < MOST) & (FormerRow.in_day < MOST)
        write(batch.Update(FormerRow(NAME, "now"), actions, room))
        return
    after = replace(
        present, taken=present.taken + 1, in_day=present.in_day + 1, in_month=present.in_month + 1
    )
    unchanged: Condition = (FormerRow.minute == state.minute) & (FormerRow.taken == state.taken)
    write(batch.Put(_row(after), FormerRow.counter.does_not_exist() if state.minute == 0 else unchanged))


def _row(state: PeriodCounts) -> FormerRow:
    return FormerRow(
        NAME,
        "now",
        minute=state.minute,
        taken=state.taken,
        before=json.dumps(dict(state.before), separators=(",", ":")),
        day=state.day,
        in_day=state.in_day,
        in_month=state.in_month,
    )
