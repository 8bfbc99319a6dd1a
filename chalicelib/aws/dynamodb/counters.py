"""Numbers without personal data: statistics, rejections, failed sign-ins, last uses, jobs (table `counters`)."""

import zlib
from collections.abc import Mapping
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.aws.dynamodb.tokens import token_of
from chalicelib.core.times import DAY_S, iso, utc_day

_REFUSED_KEPT_S = 35 * DAY_S
_LAST_USE = "last_use"
ROWS_A_DAY = 32
MARK = "w"  # of the last write; it has to differ for each, so that a row is removed only as it was read
_MARK_LENGTH = 12
_SLOTS_A_PAGE = 1000
DAY_LENGTH = len("2026-01-31")
_A_SECOND, _PLACES = 10, 100
_BY = "|"  # between source and reason
_BEHIND = "$"  # sorts after the `#` between a day and its shard


class CounterRow(Row):
    """One slot of one counter. Statistics keep each number in an attribute with its name."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    n = NumberAttribute(null=True)
    day = UnicodeAttribute(null=True)
    second = NumberAttribute(null=True)
    n_second = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def add_rejection(campaign_id: str, reason: str, source: str, request: str, now: int) -> Update:
    """Return the write that counts one refused post, by UTC day and reason, and by source (INT-3, INT-11, INT-18).

    A day has 32 slots, chosen by the request id: two transactions on one row at once would cancel each other.
    """
    amounts = dict.fromkeys((reason, f"{source}{_BY}{reason}"), 1)
    slot = f"{utc_day(now)}#{zlib.crc32(request.encode()) % ROWS_A_DAY:02d}"
    return add_marked(CounterRow(f"refusals#{campaign_id}", slot), amounts, request)


def refused_on(campaign_id: str, day: str) -> dict[tuple[str, str], int]:
    """Return how many posts to a campaign were refused on a UTC day, by source and reason (INT-18)."""
    numbers = read_days(f"refusals#{campaign_id}", day, day, by_source=True).get(day, {})
    return {tuple(name.split(_BY)): number for name, number in numbers.items()}  # type: ignore[misc]  # two parts


def next_place(campaign_id: str, now: int) -> int | None:
    """Return the place for a refused post, of a hundred in turn; None after ten in one second (INT-18)."""
    row = CounterRow(f"attempts#{campaign_id}", "now")
    later = CounterRow.second.does_not_exist() | (CounterRow.second < now)
    has_room = (CounterRow.second >= now) & (CounterRow.n_second < _A_SECOND)
    kept = CounterRow.expires_at.set(now + 2 * DAY_S)
    begin: list[Action] = [CounterRow.second.set(now), CounterRow.n_second.set(1), kept]
    more: list[Action] = [CounterRow.n_second.add(1)]
    for actions, condition in ((begin, later), (more, has_room)):
        with rows.translate_errors():
            try:
                row.update([*actions, CounterRow.n.add(1)], condition=condition)
            except UpdateError as error:
                if rows.error_code(error) != "ConditionalCheckFailedException":
                    raise
                continue
        return int(row.n) % _PLACES
    return None


def add_note(campaign_id: str, note: str, request: str, now: int) -> Update:
    """Return the write that counts a lead with a remark for the findings, by UTC day (SRC-3); slots as for rejections.

    It belongs into the lead's transaction, so that each lead counts once.
    """
    slot = f"{utc_day(now)}#{zlib.crc32(request.encode()) % ROWS_A_DAY:02d}"
    return Update(CounterRow(f"notes#{campaign_id}", slot), [Path([note]).add(1)], None)


def add_statistics(campaign_id: str, received_at: int, amounts: Mapping[str, int], write_id: str) -> Update:
    """Return the write that adds to statistics of a campaign, on the UTC day its leads were received.

    It belongs into one transaction with the mark on the facts, so that each lead counts once (data-model.md,
    Statistics). So any row is right, and a day has 32 of them: `write_id`, which no other write has, chooses one. What
    was counted in one row may be taken from another, so a number in a row may be negative. The sum counts.
    """
    number = zlib.crc32(write_id.encode()) % ROWS_A_DAY
    slot = f"{utc_day(received_at)}#{number:02d}" if number else utc_day(received_at)
    return add_marked(CounterRow(f"statistics#{campaign_id}", slot), amounts, write_id)


def add_marked(row: CounterRow, amounts: Mapping[str, int], write_id: str) -> Update:
    """Return the write that adds to numbers of a row and marks it as written.

    It has no condition: the transaction's token, or a mark on the facts written with it, makes it count once.
    """
    mark = token_of(write_id)[:_MARK_LENGTH]
    actions: list[Action] = [Path([MARK]).set(mark)]
    return Update(row, actions + [Path([name]).add(amount) for name, amount in amounts.items()], None)


def read_days(counter: str, first: str, last: str, *, by_source: bool = False) -> dict[str, dict[str, int]]:
    """Return the numbers of the days `first` to `last`, both included, by day and name. A day's slots are added up.

    With `by_source` only the numbers of single sources are returned, by source and name, otherwise only the others.
    """
    days: dict[str, dict[str, int]] = {}
    slots = CounterRow.slot.between(first, last + _BEHIND)
    after = None
    while True:
        page = rows.page(CounterRow, counter, limit=_SLOTS_A_PAGE, after=after, between=slots)
        for item in page.items:
            day = days.setdefault(item["slot"]["S"][:DAY_LENGTH], {})
            for name, value in item.items():
                if "N" in value and (_BY in name) is by_source:
                    day[name] = day.get(name, 0) + int(value["N"])
        after = page.next
        if after is None:
            return days


def read_day(counter: str, day: str) -> dict[str, int]:
    """Return the numbers of one day by name; empty if nothing was counted."""
    return read_days(counter, day, day).get(day, {})


def count_failure(bucket: str, now: int) -> int:
    """Count one bad credential or failed sign-in, and return the count of this minute (ACC-9)."""
    return _count_in_minute(f"refused#{bucket}", now)


def take_one(bucket: str, window: str, most: int, expires_at: int) -> bool:
    """Count one attempt in a window of time if fewer than `most` are counted there; return False if none is left.

    Test and count are one write, so that attempts at once never exceed `most` (ACC-11). After a lost answer an attempt
    may count twice, which is the safe side. `window` names the window, for example its first minute.
    """
    row = CounterRow(f"refused#{bucket}", window)
    room = CounterRow.n.does_not_exist() | (CounterRow.n < most)
    with rows.translate_errors():
        try:
            row.update([CounterRow.n.add(1), CounterRow.expires_at.set(expires_at)], condition=room)
        except UpdateError as error:
            if rows.error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
    return True


def give_back(bucket: str, window: str) -> None:
    """Take back one attempt that `take_one` counted and that was not wrong."""
    row = CounterRow(f"refused#{bucket}", window)
    with rows.translate_errors():
        row.update([CounterRow.n.add(-1)])


def failures_on(bucket: str, day: str, now: int) -> int:
    """Return the number of failures in a bucket on a UTC day (ACC-9)."""
    return _counted_on(f"refused#{bucket}", day, now)


def count_look_up(bucket: str, now: int) -> int:
    """Count one dry run or test lead, and return the count of this minute (PRI-5)."""
    return _count_in_minute(f"look_ups#{bucket}", now)


def look_ups_on(bucket: str, day: str, now: int) -> int:
    """Return the number of dry runs and test leads in a bucket on a UTC day (PRI-5)."""
    return _counted_on(f"look_ups#{bucket}", day, now)


def record_use(credential_id: str, day: str) -> None:
    """Record the UTC day a credential was used on. An earlier day never replaces a later one (ACC-2)."""
    row = CounterRow(f"credential#{credential_id}", _LAST_USE)
    unseen = CounterRow.day.does_not_exist() | (CounterRow.day < day)
    with rows.translate_errors():
        try:
            row.update([CounterRow.day.set(day)], condition=unseen)
        except UpdateError as error:
            if rows.error_code(error) != "ConditionalCheckFailedException":
                raise


def last_use(credential_id: str, now: int) -> str | None:
    """Return the UTC day a credential was last used on, or None if it was never used."""
    row = rows.get(CounterRow, f"credential#{credential_id}", _LAST_USE, now)
    return None if row is None else row.day


def _count_in_minute(counter: str, now: int) -> int:
    """Count one, and return the count of this minute.

    The write has no condition. An event may count twice after a lost answer, which is the safe side.
    """
    row = CounterRow(counter, iso(now)[:16])
    with rows.translate_errors():
        row.update([CounterRow.n.add(1), CounterRow.expires_at.set(now + _REFUSED_KEPT_S)])
    return int(row.n)


def _counted_on(counter: str, day: str, now: int) -> int:
    return sum(int(row.n) for row in rows.query(CounterRow, counter, now, day))
