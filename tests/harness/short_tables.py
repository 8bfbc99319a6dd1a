"""Rows found and put in order with fewer steps than moto takes (moto 5.2.5); what is found is the same.

moto orders all rows of a table for each query, by values it converts for each comparison. Here a query looks at the
rows of its key, and text is compared as text. `tests/harness/test_short_ways.py` compares.
"""

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_TEXT = "S"
_BEFORE_INDEX = 6  # what moto passes to a query between the key and the index


def look_up() -> None:
    """Find rows by their keys, in this process."""
    _compare_text_as_text()
    _query_the_rows_of_a_key()


def _compare_text_as_text() -> None:
    kind: Any = DynamoType

    def by(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        def compared(self: Any, other: Any) -> bool:
            if self.type == _TEXT == other.type:
                return compare(self.value, other.value)
            return compare(self.cast_value, other.cast_value)

        return compared

    def equal(self: Any, other: Any) -> bool:
        if self.type != other.type:
            return False
        return bool(self.value == other.value if self.type == _TEXT else self.cast_value == other.cast_value)

    def hashed(self: Any) -> int:
        return hash((self.type, self.value if self.type == _TEXT else self.cast_value))

    kind.__eq__, kind.__ne__, kind.__hash__ = equal, lambda self, other: not equal(self, other), hashed
    kind.__lt__, kind.__gt__ = by(lambda one, other: one < other), by(lambda one, other: one > other)


def _query_the_rows_of_a_key() -> None:
    table: Any = Table
    query, all_items = table.query, table.all_items

    def find_rows(self: Any, hash_key: Any, *more: Any, **named: Any) -> Any:
        if more[_BEFORE_INDEX] is not None:
            self.all_items = lambda: _rows(self)
        elif self.range_key_attr:
            self.all_items = lambda: list(self.items.get(hash_key, {}).values())
        try:
            return query(self, hash_key, *more, **named)
        finally:
            self.__dict__.pop("all_items", None)

    def ordered(self: Any) -> list[Any]:
        if self.hash_key_type != _TEXT or (self.range_key_attr and self.range_key_type != _TEXT):
            return list(all_items(self))
        if not self.range_key_attr:
            return sorted(self.items.values(), key=lambda row: row.hash_key.value)
        return sorted(_rows(self), key=lambda row: (row.hash_key.value, row.range_key.value))

    table.query, table.all_items = find_rows, ordered


def _rows(table: Any) -> list[Any]:
    """Return the rows in no order: a query of an index puts its own in order by their full keys."""
    if not table.range_key_attr:
        return list(table.items.values())
    return [row for rows in table.items.values() for row in rows.values()]
