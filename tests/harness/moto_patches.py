"""Shortcuts in moto, where thousands of tests spend most of their time (moto 5.2.5).

The results are those of moto, without a date: it would be the machine's, and a test sets its own `now`. An answer
about rows is written directly as JSON, without matching it against every member of its shape. A failed transaction
restores the rows it names, instead of copies of whole tables.
"""

import base64
import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

_ABOUT_ROWS = frozenset({
    "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
    "TransactWriteItems",
})  # fmt: skip
_JSON = {"Content-Type": "application/x-amz-json-1.0"}
_in_transaction = False


def patch_moto() -> None:
    """Install the shortcuts in moto, in this process."""
    handler, backend, table = _patched(DynamoHandler, DynamoDBBackend, Table)
    serialized, transact = handler.serialized, backend.transact_write_items

    def written(self: Any, answer: Any) -> Any:
        if self._get_action() not in _ABOUT_ROWS or isinstance(answer.result, Exception):
            return serialized(self, answer)
        headers = {name: text for name, text in self.response_headers.items() if name != "date"}
        return 200, _JSON | headers, json.dumps(answer.result, default=_base64)

    def transacted(self: Any, items: Any) -> None:
        named = [(self.tables.get(op["TableName"]), op) for item in items for op in item.values()]
        if any(table is None or table.stream_shard is not None for table, _ in named):
            transact(self, items)
            return
        before = [(table, *_place(table, op), _row(table, op)) for table, op in named]
        with _share_tables_with_copies():
            try:
                transact(self, items)
            except Exception:
                for table, hash_key, range_key, row in before:
                    _put_back(table, hash_key, range_key, row)
                raise

    handler.serialized, backend.transact_write_items, table.__deepcopy__ = written, transacted, _copied


def _patched(*classes: Any) -> tuple[Any, ...]:
    return classes


@contextmanager
def _share_tables_with_copies() -> Iterator[None]:
    global _in_transaction  # noqa: PLW0603  # one call at a time
    _in_transaction = True
    try:
        yield
    finally:
        _in_transaction = False


def _copied(self: Any, memo: dict[int, Any]) -> Any:
    if _in_transaction:
        return self
    created = object.__new__(type(self))
    memo[id(self)] = created
    created.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return created


def _place(table: Any, op: dict[str, Any]) -> tuple[DynamoType, DynamoType | None]:
    key = op.get("Key") or op["Item"]
    ranged = table.range_key_attr
    return DynamoType(key[table.hash_key_attr]), DynamoType(key[ranged]) if ranged else None


def _row(table: Any, op: dict[str, Any]) -> Any:
    hash_key, range_key = _place(table, op)
    if range_key is None:
        return copy.deepcopy(table.items.get(hash_key))
    return copy.deepcopy(table.items.get(hash_key, {}).get(range_key))


def _put_back(table: Any, hash_key: DynamoType, range_key: DynamoType | None, row: Any) -> None:
    rows, key = (table.items, hash_key) if range_key is None else (table.items[hash_key], range_key)
    if row is None:
        rows.pop(key, None)
    else:
        rows[key] = row


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)
