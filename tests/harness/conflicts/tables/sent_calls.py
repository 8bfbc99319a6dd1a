"""Random calls with the operations and expressions that our code sends, and a comparison of two clients' answers.

Tables, keys, reads and batches are those of `tests/harness/random_calls.py`. Writes have expressions that DynamoDB
takes for every row: a condition compares an attribute with a value of its type. moto stumbles over others.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.harness import random_calls
from tests.harness.conflicts.tables.rows import Store

Call = tuple[str, dict[str, Any]]
Expression = tuple[str, dict[str, str], dict[str, Any]]
_LEFT_OUT = ("ConsumedCapacity", "ItemCollectionMetrics", "LastEvaluatedKey")
_TEXTS = ("", "a", "ab", "ä", "10", "x#1")
_CONDITIONS = (
    *("attribute_exists(#h)", "attribute_not_exists(#h)", "attribute_exists(#t)", "attribute_not_exists(#n)"),
    *("#t = :t", "#t <> :t", "#n = :n", "#n < :n", "#n <= :n", "#n > :n", "#n >= :n", "#t < :t"),
    *("#n BETWEEN :n AND :m", "begins_with(#t, :t)", "(#n = :n AND #t = :t)", "(NOT #n = :n)"),
)
_UPDATES = (
    *("SET #t = :t", "SET #n = :n", "SET #t = :t, #k = :k", "ADD #k :k", "ADD #k :k, #n :n", "REMOVE #t"),
    *("REMOVE #t, #n", "SET #t = :t REMOVE #n", "SET #t = :t ADD #k :k", "SET #t = :t REMOVE #n ADD #k :k"),
    *("SET #k = if_not_exists(#k, :k) + :n", "SET #t = if_not_exists(#t, :t)"),
)


class Definitions:
    """Creates tables in a store, in the place of a client."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_table(self, **definition: Any) -> None:
        """Create one table."""
        self._store.create(definition)


def create_tables(*places: Any) -> None:
    """Create the tables at clients, or in a store by its `Definitions`."""
    for place in places:
        for name, keys in random_calls._TABLES.items():
            random_calls._make(place, name, keys)


def compared(seed: int, count: int, moto: Any, other: Any) -> tuple[Counter[str], list[Any]]:
    """Send so many calls to both. Return how they ended, and the calls whose answers differ."""
    ends, differing = Counter[str](), []
    for operation, asked in _calls(seed, count):
        answers = [_end(random_calls._answer(client, operation, asked)) for client in (moto, other)]
        ends[f"{operation} {answers[0][0]}"] += 1
        if answers[0] != answers[1]:
            differing.append([operation, asked, *answers])
        _remove_empty_row(moto, other, operation, asked)
    return ends, differing


def _remove_empty_row(moto: Any, other: Any, operation: str, asked: dict[str, Any]) -> None:
    """moto leaves an empty row behind an update that it refused."""
    if operation == "update_item":
        row = {"TableName": asked["TableName"], "Key": asked["Key"]}
        if "Item" not in other.get_item(**row):
            moto.delete_item(**row)


def _end(answer: Any) -> tuple[str, str]:
    """Return how a call ended, and what it answered."""
    if answer[1] == "stumbled":
        return "stumbled", answer[2]
    if answer[1] != 200:
        reasons = [reason["Code"] for reason in answer[3].get("CancellationReasons", [])]
        return answer[3]["Error"]["Code"], json.dumps(reasons)
    members = {name: _in_order(name, value) for name, value in answer[3].items() if name not in _LEFT_OUT}
    return "answered", json.dumps({name: value for name, value in members.items() if value}, sort_keys=True)


def _in_order(name: str, value: Any) -> Any:
    """Sort the rows of a batch read, which come in any order."""
    if name == "Responses" and isinstance(value, dict):
        return {
            table: sorted(json.dumps(row, sort_keys=True) for row in rows) for table, rows in value.items()
        }
    return value


def _calls(seed: int, count: int) -> Iterator[Call]:
    chance = random.Random(seed)
    makers = (
        *(_put, _put, _update, _update, _update, _delete, _transact, _transact, _transact, _batch_write),
        *(_get, _query, _query, random_calls._batch_get, random_calls._transact_get),
    )
    return (chance.choice(makers)(chance) for _ in range(count))


def _row(chance: random.Random, table: str) -> dict[str, Any]:
    row = random_calls._key(chance, table) | {"m": random_calls._value(chance)}
    row |= {"t": {"S": chance.choice(_TEXTS)}} if chance.random() < 0.7 else {}
    row |= {"g": {"S": chance.choice("abc")}} if chance.random() < 0.7 else {}
    return row | {name: _number(chance) for name in "nk" if chance.random() < 0.7}


def _number(chance: random.Random) -> dict[str, str]:
    return {"N": str(chance.choice([0, 1, 2, 10, 12, -3]))}


def _expression(chance: random.Random, texts: tuple[str, ...]) -> Expression:
    text = chance.choice(texts)
    if texts is _CONDITIONS and chance.random() < 0.5:
        text = f"({text} {chance.choice(['AND', 'OR'])} {chance.choice(texts)})"
    values = {
        ":t": {"S": chance.choice(_TEXTS[1:])},
        ":n": _number(chance),
        ":m": {"N": "10"},
        ":k": _number(chance),
    }
    used = {name: value for name, value in values.items() if name in text}
    return text, {f"#{name}": name for name in "htnk" if f"#{name}" in text}, used


def _on_condition(chance: random.Random, asked: dict[str, Any], often: float = 0.7) -> dict[str, Any]:
    if chance.random() > often:
        return asked
    asked = random_calls._with(asked, "ConditionExpression", *_expression(chance, _CONDITIONS))
    return asked | ({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if chance.random() < 0.3 else {})


def _put(chance: random.Random) -> Call:
    table = chance.choice([*random_calls._TABLES])
    return "put_item", _on_condition(chance, {"TableName": table, "Item": _row(chance, table)})


def _changed(chance: random.Random, asked: dict[str, Any]) -> dict[str, Any]:
    asked = _on_condition(chance, asked)
    text, names, values = _expression(chance, _UPDATES)
    names |= asked.get("ExpressionAttributeNames", {})
    values |= asked.get("ExpressionAttributeValues", {})
    return random_calls._with(asked, "UpdateExpression", text, names, values)


def _update(chance: random.Random) -> Call:
    asked = _changed(chance, _at(chance))
    if chance.random() < 0.5:
        asked["ReturnValues"] = chance.choice(["ALL_NEW", "ALL_OLD"])
    return "update_item", asked


def _delete(chance: random.Random) -> Call:
    return "delete_item", _on_condition(chance, _at(chance))


def _at(chance: random.Random) -> dict[str, Any]:
    table = chance.choice([*random_calls._TABLES])
    return {"TableName": table, "Key": random_calls._key(chance, table)}


def _get(chance: random.Random) -> Call:
    operation, asked = random_calls._get(chance)
    return operation, {name: value for name, value in asked.items() if name != "ProjectionExpression"}


def _query(chance: random.Random) -> Call:
    while True:
        operation, asked = random_calls._query(chance)
        if asked.get("IndexName") in (None, "by_n") and not (
            "IndexName" in asked and "ConsistentRead" in asked
        ):
            return operation, asked


def _batch_write(chance: random.Random) -> Call:
    table = chance.choice([*random_calls._TABLES])
    entries: list[dict[str, Any]] = []
    for key in random_calls._different(chance, table):
        is_put = chance.random() < 0.5
        entries.append(
            {"PutRequest": {"Item": _row(chance, table) | key}} if is_put else {"DeleteRequest": {"Key": key}}
        )
    return "batch_write_item", {"RequestItems": {table: entries}}


def _transact(chance: random.Random) -> Call:
    items: list[dict[str, Any]] = []
    for _ in range(chance.randint(1, 4)):
        table = chance.choice([*random_calls._TABLES])
        put = {"TableName": table, "Item": _row(chance, table)}
        action = chance.choice(["Put", "Put", "Update", "Update", "Delete", "ConditionCheck"])
        match action:
            case "Put":
                asked = _on_condition(chance, put, 0.4)
            case "Update":
                asked = _changed(chance, _at(chance))
            case "Delete":
                asked = _on_condition(chance, _at(chance), 0.4)
            case _:
                asked = _on_condition(chance, _at(chance), 1)
        items.append({action: asked})
    return "transact_write_items", {"TransactItems": items}
