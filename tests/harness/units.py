"""Read and write units by DynamoDB's documented rules, from requests and items, without an emulator's figures.

Size of an item: the UTF-8 bytes of its attribute names and values. A number has one byte for every two significant
digits and one more, a boolean or null has one byte, a list or map has three and one for each element.
A write costs one unit for each started KB of the larger of the old and the new item, and twice that in a transaction.
Each index entry that it makes costs one unit for each started KB of the projection. An entry is made only if the
item has both keys of the index. A strongly consistent read costs one unit for each started 4 KB, an eventual read
half of it. Each item of a batch is rounded up separately, and an absent item costs like the smallest one. A query
rounds up the sum.

A request does not show two sizes, which are assumed to be the smallest possible: the old item of an update or a
delete (at most 1 KB here, which a test of the stores checks), and index entries that an update moves. It is not
documented whether the index part of a transaction counts twice. It is counted once, as in the budget.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

Indexes = Callable[[str], list[dict[str, Any]]]
Item = dict[str, Any]
_KB = 1024
_FOUR_KB = 4096
_SINGLE = ("PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query")


def tables_of(operation: str, body: Item) -> Iterator[str]:
    """Yield the table of every row a call touches."""
    match operation:
        case "BatchGetItem":
            for table, expected in body["RequestItems"].items():
                yield from [table] * len(expected["Keys"])
        case "BatchWriteItem":
            for table, entries in body["RequestItems"].items():
                yield from [table] * len(entries)
        case "TransactWriteItems":
            for entry in body["TransactItems"]:
                yield from (action["TableName"] for action in entry.values())
        case _ if operation in _SINGLE:
            yield body["TableName"]


def item_bytes(item: Item) -> int:
    """Return the size of an item."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def written(operation: str, body: Item, indexes: Indexes) -> float:
    """Return the write units of a call."""
    match operation:
        case "TransactWriteItems":
            return sum(_action(entry, indexes, times=2) for entry in body["TransactItems"])
        case "BatchWriteItem":
            return sum(
                _action({kind.removesuffix("Request"): {**request, "TableName": table}}, indexes, times=1)
                for table, entries in body["RequestItems"].items()
                for entry in entries
                for kind, request in entry.items()
            )
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return _action({operation.removesuffix("Item"): body}, indexes, times=1)
    return 0


def read(operation: str, body: Item, answer: Item) -> float:
    """Return the read units of a call, given its answer."""
    match operation:
        case "BatchGetItem":
            return sum(
                _batch_read(expected, answer["Responses"].get(table, []))
                for table, expected in body["RequestItems"].items()
            )
        case "GetItem":
            return _read_units(item_bytes(answer.get("Item", {}))) * _consistency(body)
        case "Query":
            return _read_units(sum(map(item_bytes, answer["Items"]))) * _consistency(body)
    return 0


def _action(entry: Item, indexes: Indexes, times: int) -> float:
    (action,) = entry.values()
    item = action.get("Item", {})
    own = max(1, math.ceil(item_bytes(item) / _KB)) * times
    return float(own + sum(_entry(item, index) for index in indexes(action["TableName"])))


def _entry(item: Item, index: Item) -> int:
    keys = [part["AttributeName"] for part in index["key_schema"]]
    if not all(key in item for key in keys):
        return 0
    projection = index["projection"]
    names = {*keys, *projection.get("NonKeyAttributes", ())}
    complete = projection["ProjectionType"] == "ALL"
    projected = {name: value for name, value in item.items() if complete or name in names}
    return max(1, math.ceil(item_bytes(projected) / _KB))


def _batch_read(expected: Item, result: list[Item]) -> float:
    absent = len(expected["Keys"]) - len(result)
    return (sum(_read_units(item_bytes(item)) for item in result) + absent) * _consistency(expected)


def _read_units(size: int) -> int:
    return max(1, math.ceil(size / _FOUR_KB))


def _consistency(request: Item) -> float:
    return 1.0 if request.get("ConsistentRead") else 0.5


def _value_bytes(value: Item) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            digits = len(str(content).lstrip("-").replace(".", "").strip("0"))
            return math.ceil(digits / 2) + 1 + str(content).startswith("-")
        case "B":
            return len(content) * 3 // 4
        case "L":
            return 3 + sum(1 + _value_bytes(item) for item in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_bytes(value) for name, value in content.items())
        case "SS" | "NS" | "BS":
            return sum(_value_bytes({kind[0]: item}) for item in content)
    return 1
