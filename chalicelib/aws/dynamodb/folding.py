"""Folding: the rows of a day that is over become one row, with the same sums (data-model.md, Statistics)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import Delete, Write
from chalicelib.aws.dynamodb.counters import DAY_LENGTH, MARK, CounterRow, add_marked

_ROWS_A_PAGE = 1000
_MOST_NAMES = 150  # of one write: an expression has at most 4 KB
Item = Mapping[str, Any]


def list_spread_days(counter: str, before: str) -> Iterator[str]:
    """Yield the UTC days of a counter before a day that have other rows than the first."""
    last, after = "", None
    while True:
        page = rows.page(
            CounterRow, counter, limit=_ROWS_A_PAGE, after=after, between=CounterRow.slot < before
        )
        for item in page.items:
            day = item["slot"]["S"][:DAY_LENGTH]
            if day != last and item["slot"]["S"] != day:
                last = day
                yield day
        after = page.next
        if after is None:
            return


def fold(counter: str, day: str) -> bool:
    """Move the numbers of a day's other rows to its first row, in one transaction. Return True if no row is left.

    A count in the meantime is not lost: numbers only move, and a row is removed only if nothing has written it since it
    was read. Of a day with very many numbers a part moves; call it again.
    Raise Cancelled if others write the same rows.
    """
    slots = CounterRow.slot.startswith(f"{day}#")
    others = rows.page(CounterRow, counter, limit=_ROWS_A_PAGE, between=slots).items
    if not others:
        return True
    names = sorted({name for item in others for name in _numbers(item)})
    moved = names[:_MOST_NAMES]
    token = batch.token_of("fold", counter, day, *(sorted(item.items()) for item in others))
    sums = {name: sum(_numbers(item).get(name, 0) for item in others) for name in moved}
    writes: list[Write] = [add_marked(CounterRow(counter, day), _but_zeros(sums), token)]
    if len(moved) < len(names):
        writes += _taken(counter, others, moved, token)
    else:
        writes += [_removed(counter, item) for item in others]
    batch.write(writes, token)
    return len(moved) == len(names)


def _taken(counter: str, others: Sequence[Item], moved: Collection[str], token: str) -> list[Write]:
    """Return the writes that take these numbers from the rows that have them."""
    taken = [
        (item["slot"]["S"], {name: -amount for name, amount in _numbers(item).items() if name in moved})
        for item in others
    ]
    return [add_marked(CounterRow(counter, slot), amounts, token) for slot, amounts in taken if amounts]


def _removed(counter: str, item: Item) -> Delete:
    return Delete(CounterRow(counter, item["slot"]["S"]), _as_read(item))


def _as_read(item: Item) -> Condition:
    """Return the condition that nothing has written a row since. Rows of earlier releases have no mark."""
    mark = Path([MARK])
    if MARK in item:
        condition: Condition = mark == item[MARK]["S"]
        return condition
    exists: Condition = CounterRow.counter.exists() & mark.does_not_exist()
    return exists


def _numbers(item: Item) -> dict[str, int]:
    """Return the numbers of a row that are not zero: what was moved away is."""
    return _but_zeros({name: int(value["N"]) for name, value in item.items() if "N" in value})


def _but_zeros(amounts: Mapping[str, int]) -> dict[str, int]:
    return {name: amount for name, amount in amounts.items() if amount}
