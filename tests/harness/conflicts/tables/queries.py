"""Queries and scans of the tables in memory: key conditions, filters, pages, projections."""

import functools
from collections.abc import Iterator
from typing import Any

from tests.harness.conflicts.tables import values
from tests.harness.conflicts.tables.conditions import holds
from tests.harness.conflicts.tables.paths import Given, Path, Words
from tests.harness.conflicts.tables.rows import Schema, Store, Table
from tests.harness.conflicts.tables.values import Invalid, Item

_PAGE_BYTES = 1024 * 1024
Body = dict[str, Any]


def query(store: Store, body: Body, given: Given) -> dict[str, Any]:
    """Answer a Query."""
    table, index = store.table(body["TableName"]), body.get("IndexName")
    if index is not None and body.get("ConsistentRead"):
        raise Invalid("an index has no consistent reads")
    schema = table.schema_of(index)
    text = body["KeyConditionExpression"]
    keys = table.under(index, values.plain(_hash_value(text, schema, given)))
    in_order = keys if body.get("ScanIndexForward", True) else reversed(keys)
    rows = (table.items[key] for _, key in in_order)
    return _page(table, index, (row for row in rows if holds(text, row, given)), body, given)


def scan(store: Store, body: Body, given: Given) -> dict[str, Any]:
    """Answer a Scan, in the order of the keys. DynamoDB has no order here."""
    table, index = store.table(body["TableName"]), body.get("IndexName")
    table.schema_of(index)
    groups = table.by_hash.get(index, {})
    rows = (table.items[key] for hash_key in sorted(groups) for _, key in groups[hash_key])
    return _page(table, index, rows, body, given)


def projected(item: Item, text: str | None, given: Given) -> Item:
    """Return the attributes that a projection names; members of maps and lists keep their place."""
    if text is None:
        return item
    shown: Item = {}
    for path in _paths(text):
        value = path.read(item, given)
        if value is not None:
            _place(shown, path.steps(given), value)
    return shown


def placeholders(text: str) -> frozenset[str]:
    """Return the placeholders of a projection."""
    return Words(text).used


def _page(table: Table, index: str | None, rows: Iterator[Item], body: Body, given: Given) -> dict[str, Any]:
    schema = table.schema_of(index)
    after = body.get("ExclusiveStartKey")
    rows = rows if after is None else _after(table, schema, rows, after, body)
    taken, last = _bounded(rows, body.get("Limit"))
    shown = [row for row in taken if holds(body.get("FilterExpression"), row, given)]
    answer: dict[str, Any] = {"Count": len(shown), "ScannedCount": len(taken)}
    if body.get("Select") != "COUNT":
        answer["Items"] = [
            projected(schema.view(row), body.get("ProjectionExpression"), given) for row in shown
        ]
    if last is not None:
        answer["LastEvaluatedKey"] = _position(table, schema, last)
    return answer


def _bounded(rows: Iterator[Item], limit: int | None) -> tuple[list[Item], Item | None]:
    """Return the rows of one page, and the last one if there may be more."""
    taken, size = list[Item](), 0
    for row in rows:
        taken.append(row)
        size += values.bytes_of(row)
        if len(taken) == limit or size >= _PAGE_BYTES:
            return taken, row
    return taken, None


def _position(table: Table, schema: Schema, row: Item) -> Item:
    names = dict.fromkeys(
        (table.schema.hash_name, table.schema.range_name, schema.hash_name, schema.range_name)
    )
    return {name: row[name] for name in names if name}


def _after(table: Table, schema: Schema, rows: Iterator[Item], after: Item, body: Body) -> Iterator[Item]:
    """Return the rows behind a position, which need not exist any more."""
    start = _order(table, schema, after)
    if body.get("ScanIndexForward", True):
        return (row for row in rows if _order(table, schema, row) > start)
    return (row for row in rows if _order(table, schema, row) < start)


def _order(table: Table, schema: Schema, row: Item) -> tuple[Any, ...]:
    return (*(schema.parts(row) or ()), *(table.schema.parts(row) or ()))


def _hash_value(text: str, schema: Schema, given: Given) -> Any:
    """Return the value that the hash key must equal: `hash = :value`, alone or with AND."""
    words = Words(text)
    while words.next:
        words.skip("(")
        if words.next and words.second == "=" and words.next[0] not in ":(":
            path = Path(words)
            words.require("=")
            if path.steps(given) == [schema.hash_name] and words.next.startswith(":"):
                return given.value(words.take())
        if words.next:
            words.take()
    raise Invalid("a query needs its hash key")


@functools.cache
def _paths(text: str) -> list[Path]:
    words = Words(text)
    paths = [Path(words)]
    while words.skip(","):
        paths.append(Path(words))
    return paths


def _place(shown: Any, steps: list[str | int], value: Any) -> None:
    first, *rest = steps
    if not rest:
        shown[first] = value
        return
    if isinstance(rest[0], str):
        _place(shown.setdefault(first, {"M": {}})["M"], rest, value)
    else:
        shown.setdefault(first, {"L": []})["L"].append(value)
