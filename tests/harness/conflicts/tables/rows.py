"""Tables held in memory: rows by their key, in order, and their indexes."""

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.harness.conflicts.tables import values
from tests.harness.conflicts.tables.values import Invalid, Item, Value

RowKey = tuple[Any, Any]  # hash key, range key
Address = tuple[str, Any, Any]  # table, hash key, range key
Ordered = list[tuple[Any, RowKey]]  # rows of one hash key, by their range key in the table or an index


class Absent(Exception):
    """There is no such table."""


@dataclass(frozen=True)
class Schema:
    """The key of a table or of an index. An index may show only some attributes."""

    hash_name: str
    range_name: str | None
    shown: frozenset[str] | None = None

    def parts(self, item: Item) -> RowKey | None:
        """Return the values of the key, or None if the row has none of this kind: it is not in the index."""
        if self.hash_name not in item or (self.range_name and self.range_name not in item):
            return None
        return values.plain(item[self.hash_name]), self._range(item)

    def _range(self, item: Item) -> Any:
        return _ordered(item[self.range_name]) if self.range_name else b""

    def view(self, item: Item) -> Item:
        """Return what a query of the index shows of a row."""
        if self.shown is None:
            return item
        return {name: value for name, value in item.items() if name in self.shown}


@dataclass
class Table:
    """One table. `by_hash` has for the table (None) and each index the ordered rows of each hash key."""

    name: str
    schema: Schema
    indexes: dict[str, Schema] = field(default_factory=dict)
    items: dict[RowKey, Item] = field(default_factory=dict)
    by_hash: dict[str | None, dict[Any, Ordered]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def key_of(self, item: Item) -> RowKey:
        """Return the key of a row. Raise Invalid if the row lacks it, or has it with another type."""
        self._require_types(item, (self.schema,))
        parts = self.schema.parts(item)
        if parts is None:
            raise Invalid("a row lacks its key")
        return parts

    def key_alone(self, key: Item) -> RowKey:
        """Return the same for a key, which has no other attributes."""
        if len(key) != 1 + (self.schema.range_name is not None):
            raise Invalid("a key has other attributes than the table's")
        return self.key_of(key)

    def require_valid(self, item: Item) -> None:
        """Raise Invalid for a row that is too large, or whose key of an index has another type."""
        self._require_types(item, self.indexes.values())
        if values.bytes_of(item) > 400 * 1024:
            raise Invalid("a row is larger than 400 KB")

    def put(self, item: Item) -> None:
        """Write a row."""
        key = self.key_of(item)
        before = self.items.get(key)
        self.items[key] = item
        for name, schema in self._schemas():
            self._move(name, key, schema.parts(before) if before is not None else None, schema.parts(item))

    def remove(self, key: RowKey) -> None:
        """Remove a row, if it is there."""
        before = self.items.pop(key, None)
        if before is not None:
            for name, schema in self._schemas():
                self._move(name, key, schema.parts(before), None)

    def under(self, index: str | None, hash_key: Any) -> Ordered:
        """Return the rows of a hash key, by range key and then by their own key."""
        return self.by_hash.get(index, {}).get(hash_key, [])

    def schema_of(self, index: str | None) -> Schema:
        """Return the key of the table or of an index."""
        if index is None:
            return self.schema
        if index not in self.indexes:
            raise Invalid("the table has no such index")
        return self.indexes[index]

    def _schemas(self) -> Iterator[tuple[str | None, Schema]]:
        yield None, self.schema
        yield from self.indexes.items()

    def _move(self, name: str | None, key: RowKey, before: RowKey | None, after: RowKey | None) -> None:
        if before == after:
            return
        groups = self.by_hash.setdefault(name, {})
        if before is not None:
            group = groups[before[0]]
            del group[bisect.bisect_left(group, (before[1], key))]
        if after is not None:
            bisect.insort(groups.setdefault(after[0], []), (after[1], key))

    def _require_types(self, item: Item, schemas: Iterable[Schema]) -> None:
        for schema in schemas:
            for name in (schema.hash_name, schema.range_name):
                if name in item and self.types[name] not in item[name]:
                    raise Invalid("a key has another type than its table or index")


def table_of(definition: dict[str, Any]) -> Table:
    """Return the table of a definition, as `CreateTable` takes it."""
    types = {one["AttributeName"]: one["AttributeType"] for one in definition["AttributeDefinitions"]}
    schema = _schema(definition["KeySchema"])
    keys = {schema.hash_name, schema.range_name}
    indexes = {
        one["IndexName"]: _schema(one["KeySchema"], one["Projection"], keys)
        for one in definition.get("GlobalSecondaryIndexes", [])
    }
    return Table(definition["TableName"], schema, indexes, types=types)


class Store:
    """All tables by name."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}

    def create(self, definition: dict[str, Any]) -> None:
        """Add an empty table."""
        self.tables[definition["TableName"]] = table_of(definition)

    def table(self, name: str) -> Table:
        """Return a table; raise Absent."""
        if name not in self.tables:
            raise Absent(name)
        return self.tables[name]

    def read(self, name: str, key: Item) -> Item | None:
        """Return the row of a key, or None."""
        table = self.table(name)
        return table.items.get(table.key_alone(key))

    def address(self, name: str, key: Item) -> Address:
        """Return the address of a row in all tables."""
        return (name, *self.table(name).key_alone(key))


def _schema(
    parts: list[dict[str, str]], projection: dict[str, Any] | None = None, keys: set[str | None] | None = None
) -> Schema:
    names = {one["KeyType"]: one["AttributeName"] for one in parts}
    hash_name, range_name = names["HASH"], names.get("RANGE")
    if projection is None or projection["ProjectionType"] == "ALL":
        return Schema(hash_name, range_name)
    shown = {hash_name, range_name, *(keys or ()), *projection.get("NonKeyAttributes", ())}
    return Schema(hash_name, range_name, frozenset(name for name in shown if name))


def _ordered(value: Value) -> Any:
    """Return a range key in its order: text by its bytes, numbers by their value."""
    return value["S"].encode() if "S" in value else values.plain(value)
