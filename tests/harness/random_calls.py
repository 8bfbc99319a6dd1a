"""Random calls about rows, the same for every run of a seed, and what moto answers to them.

`python -m tests.harness.random_calls SEED COUNT` prints the answers of moto as it is, without the short ways.
"""

import base64
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

_HASHES, _RANGES = ("a", "b", "c"), ("1", "10", "2", "x#1", "x#2")
_NAMES = ("n", "t", "s", "l", "m", "b", "g", "h")
_TABLES: dict[str, tuple[str, str | None]] = {
    "plain": ("S", None),
    "text": ("S", "S"),
    "numbered": ("S", "N"),
}


def answers(seed: int, count: int) -> list[Any]:
    """Make the tables in the AWS in memory, send the calls, and return what came back."""
    client = boto3.client("dynamodb")
    chance = random.Random(seed)
    for name, keys in _TABLES.items():
        _make(client, name, keys)
    return [_answer(client, *_call(chance)) for _ in range(count)]


@contextmanager
def aws_in_memory() -> Iterator[None]:
    """moto as it is."""
    os.environ |= {"AWS_DEFAULT_REGION": "us-east-1"}
    with mock_aws():
        yield


def _make(client: Any, name: str, keys: tuple[str, str | None]) -> None:
    types = {"h": keys[0], "g": "S", "n": "N"} | ({"r": keys[1]} if keys[1] else {})
    schema = [{"AttributeName": "h", "KeyType": "HASH"}]
    schema += [{"AttributeName": "r", "KeyType": "RANGE"}] if keys[1] else []
    by_number = [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": kind} for one, kind in types.items()],
        KeySchema=schema,
        GlobalSecondaryIndexes=[
            {"IndexName": "by_n", "KeySchema": by_number, "Projection": {"ProjectionType": "KEYS_ONLY"}},
            {"IndexName": "by_g", "KeySchema": by_number[:1], "Projection": {"ProjectionType": "ALL"}},
        ],
    )


def _answer(client: Any, operation: str, asked: dict[str, Any]) -> Any:
    try:
        answer = getattr(client, operation)(**asked)
    except ClientError as error:
        answer = error.response
    except Exception as error:  # noqa: BLE001  # moto stumbles over some calls, and must do so by both ways
        return [operation, "stumbled", type(error).__name__]
    told = answer.pop("ResponseMetadata")
    kind = told["HTTPHeaders"]["content-type"]
    return json.loads(json.dumps([operation, told["HTTPStatusCode"], kind, answer], default=_written))


def _written(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else sorted(map(str, value))


def _call(chance: random.Random) -> tuple[str, dict[str, Any]]:
    makers: list[Callable[[random.Random], tuple[str, dict[str, Any]]]] = [
        *(_put, _put, _update, _update, _update, _delete, _get, _query, _query, _scan),
        *(_batch_get, _batch_write, _transact, _transact, _transact_get),
    ]
    return chance.choice(makers)(chance)


def _value(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    kinds = ["S", "N", "N", "BOOL", "NULL", "SS", "NS", "B", "BS"] + (["L", "M"] if depth < 2 else [])
    kind = chance.choice(kinds)
    number = str(chance.choice([0, 1, 2, 10, -3, 2.5, 1e3]))
    content: dict[str, Callable[[], Any]] = {
        "S": lambda: chance.choice(["", "a", "ab", "ä", '"B": ":', "10"]),
        "N": lambda: number,
        "BOOL": lambda: chance.random() < 0.5,
        "NULL": lambda: True,
        "SS": lambda: sorted(chance.sample(["a", "b", "c"], 2)),
        "NS": lambda: [number],
        "B": lambda: chance.choice([b"\x00\xff", b"a"]),
        "BS": lambda: [b"\x01"],
        "L": lambda: [_value(chance, depth + 1) for _ in range(chance.randint(0, 3))],
        "M": lambda: {name: _value(chance, depth + 1) for name in chance.sample(_NAMES[:4], 2)},
    }
    return {kind: content[kind]()}


def _key(chance: random.Random, table: str) -> dict[str, Any]:
    kind = _TABLES[table][1]
    key = {"h": {"S": chance.choice(_HASHES)}}
    if kind == "S":
        return key | {"r": {"S": chance.choice(_RANGES)}}
    return key | ({"r": {"N": chance.choice(["1", "2", "10", "-1", "1.5"])}} if kind else {})


def _row(chance: random.Random, table: str) -> dict[str, Any]:
    row = {name: _value(chance) for name in chance.sample(_NAMES[:6], chance.randint(0, 4))}
    row |= {"g": {"S": chance.choice(_HASHES)}} if chance.random() < 0.7 else {}
    row |= {"n": {"N": str(chance.randint(0, 12))}} if chance.random() < 0.7 else {}
    row |= {"t": {"S": "x" * 410_000}} if chance.random() < 0.01 else {}
    return row | _key(chance, table)


def _condition(chance: random.Random) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Return a condition with its names and values; now and then one that is not allowed."""
    one, other = chance.choice(_NAMES), chance.choice(_NAMES)
    texts = [
        *("attribute_exists(#one)", "attribute_not_exists(#one)", "#one = :v", "#one <> :v", "#one < :v"),
        *("#one >= :v", "#one BETWEEN :v AND :w", "#one IN (:v, :w)", "begins_with(#one, :v)"),
        *(
            "contains(#one, :v)",
            "size(#one) > :w",
            "attribute_type(#one, :v)",
            "NOT #one = :v",
            "#one.m = :v",
        ),
        *("#one[0] = :v", "((#one = :v))", "size = :v", "#one = ", "#two = :v", "#one = :missing"),
    ]
    text = chance.choice(texts)
    if chance.random() < 0.4:
        text = (
            f"({text}) {chance.choice(['AND', 'OR'])} ({chance.choice(texts[:11]).replace('#one', '#two')})"
        )
    names, values = {"#one": one, "#two": other}, {":v": _value(chance, 2), ":w": _value(chance, 2)}
    if chance.random() < 0.95:
        names = {name: of for name, of in names.items() if name in text}
        values = {name: of for name, of in values.items() if name in text}
    return text, names, values


def _with(asked: dict[str, Any], name: str, *given: Any) -> dict[str, Any]:
    text, names, values = given
    asked = asked | {name: text}
    asked |= {"ExpressionAttributeNames": names} if names else {}
    return asked | ({"ExpressionAttributeValues": values} if values else {})


def _maybe_on_condition(chance: random.Random, asked: dict[str, Any]) -> dict[str, Any]:
    if chance.random() < 0.5:
        return asked
    asked = _with(asked, "ConditionExpression", *_condition(chance))
    if chance.random() < 0.3:
        asked["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return asked


def _put(chance: random.Random) -> tuple[str, dict[str, Any]]:
    table = chance.choice([*_TABLES])
    asked = {"TableName": table, "Item": _row(chance, table)}
    if chance.random() < 0.3:
        asked["ReturnConsumedCapacity"] = "TOTAL"
    if chance.random() < 0.3:
        asked["ReturnValues"] = "ALL_OLD"
    return "put_item", _maybe_on_condition(chance, asked)


def _change(chance: random.Random) -> tuple[str, dict[str, str], dict[str, Any]]:
    one, other = chance.choice(_NAMES), chance.choice(_NAMES)
    texts = [
        *("SET #one = :v", "SET #one = :v, #two = :w", "SET #one = if_not_exists(#one, :v) + :w"),
        *("SET #one = #two", "SET #one = list_append(#two, :v)", "SET #one.m = :v", "SET #one[0] = :v"),
        *(
            "REMOVE #one",
            "REMOVE #one, #two",
            "REMOVE #one[0], #two[1]",
            "ADD #one :v",
            "ADD #one :v, #two :w",
        ),
        *("DELETE #one :v", "SET #one = :v REMOVE #two", "SET #one = :v ADD #two :w", "SET #one = #one + :v"),
        *("SET size = :v", "SET", "SET #one = :v SET #two = :w", "SET #one = :missing", "SET #one - :v"),
    ]
    text = chance.choice(texts)
    names, values = {"#one": one, "#two": other}, {":v": _value(chance, 1), ":w": _value(chance, 1)}
    names = {name: of for name, of in names.items() if name in text}
    return text, names, {name: of for name, of in values.items() if name in text}


def _changed(chance: random.Random, asked: dict[str, Any]) -> dict[str, Any]:
    """Add a change and perhaps a condition, whose names and values share their maps."""
    text, names, values = _change(chance)
    if chance.random() < 0.5:
        condition, more_names, more_values = _condition(chance)
        for name in ("#one", "#two", ":v", ":w"):
            condition = condition.replace(name, f"{name}c")
        asked = asked | {"ConditionExpression": condition}
        names |= {f"{name}c": of for name, of in more_names.items()}
        values |= {f"{name}c": of for name, of in more_values.items()}
    return _with(asked, "UpdateExpression", text, names, values)


def _update(chance: random.Random) -> tuple[str, dict[str, Any]]:
    table = chance.choice([*_TABLES])
    asked = {"TableName": table, "Key": _key(chance, table)}
    if chance.random() < 0.5:
        asked["ReturnValues"] = chance.choice(["ALL_NEW", "ALL_OLD", "UPDATED_NEW", "UPDATED_OLD"])
    return "update_item", _changed(chance, asked)


def _delete(chance: random.Random) -> tuple[str, dict[str, Any]]:
    table = chance.choice([*_TABLES])
    return "delete_item", _maybe_on_condition(chance, {"TableName": table, "Key": _key(chance, table)})


def _get(chance: random.Random) -> tuple[str, dict[str, Any]]:
    table = chance.choice([*_TABLES, "absent"])
    asked = {"TableName": table, "Key": _key(chance, table if table != "absent" else "text")}
    if chance.random() < 0.3:
        asked["ProjectionExpression"] = chance.choice(["h, n", "g", "m.n, l[0]"])
    return "get_item", asked


def _query(chance: random.Random) -> tuple[str, dict[str, Any]]:
    table = chance.choice([*_TABLES])
    index = chance.choice([None, None, None, "by_n", "by_g", "none"])
    ranged = {"by_n": "N", "by_g": None}.get(index or "", _TABLES[table][1])
    values: dict[str, Any] = {":h": {"S": chance.choice(_HASHES)}}
    text = "#h = :h"
    if ranged and chance.random() < 0.6:
        more = [f"#r {sign} :r" for sign in ("=", "<", "<=", ">", ">=")] + ["#r BETWEEN :r AND :q"]
        text += " AND " + chance.choice(more + (["begins_with(#r, :r)"] if ranged == "S" else []))
        low = chance.choice(["1", "10", "2", "x#"]) if ranged == "S" else str(chance.randint(-1, 9))
        values |= {":r": {ranged: low}} | ({":q": {ranged: "9"}} if ":q" in text else {})
    names = {"#h": "g" if index in {"by_n", "by_g"} else "h"}
    names |= {"#r": "n" if index == "by_n" else "r"} if "#r" in text else {}
    asked: dict[str, Any] = {"TableName": table, "KeyConditionExpression": text}
    asked |= {"IndexName": index} if index else {}
    if chance.random() < 0.3:
        asked["FilterExpression"], values = "attribute_exists(n) AND n > :n", values | {":n": {"N": "3"}}
    asked |= {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    asked |= {"Limit": chance.randint(1, 3)} if chance.random() < 0.4 else {}
    asked |= {"ScanIndexForward": False} if chance.random() < 0.4 else {}
    asked |= {"ConsistentRead": True} if chance.random() < 0.2 else {}
    if not index and chance.random() < 0.2:
        asked["ExclusiveStartKey"] = _key(chance, table)
    return "query", asked


def _scan(chance: random.Random) -> tuple[str, dict[str, Any]]:
    table = chance.choice([*_TABLES])
    asked: dict[str, Any] = {"TableName": table}
    asked |= {"IndexName": chance.choice(["by_n", "by_g"])} if chance.random() < 0.3 else {}
    if chance.random() < 0.4:
        asked = _with(asked, "FilterExpression", *_condition(chance))
    if "IndexName" not in asked:
        asked |= {"Limit": chance.randint(1, 4)} if chance.random() < 0.4 else {}
        asked |= {"ExclusiveStartKey": _key(chance, table)} if chance.random() < 0.2 else {}
    return "scan", asked


def _batch_get(chance: random.Random) -> tuple[str, dict[str, Any]]:
    tables = chance.sample([*_TABLES], 2)
    keys = {table: {"Keys": _different(chance, table), "ConsistentRead": True} for table in tables}
    return "batch_get_item", {"RequestItems": keys}


def _batch_write(chance: random.Random) -> tuple[str, dict[str, Any]]:
    table = chance.choice([*_TABLES])
    rows = [{"DeleteRequest": {"Key": key}} for key in _different(chance, table)]
    for row in rows:
        if chance.random() < 0.5:
            key = row.pop("DeleteRequest")["Key"]
            row["PutRequest"] = {"Item": _row(chance, table) | key}
    return "batch_write_item", {"RequestItems": {table: rows}}


def _different(chance: random.Random, table: str) -> list[dict[str, Any]]:
    keys = [_key(chance, table) for _ in range(chance.randint(1, 4))]
    return [key for number, key in enumerate(keys) if key not in keys[:number]]


def _transact(chance: random.Random) -> tuple[str, dict[str, Any]]:
    items = []
    for _ in range(chance.randint(1, 4)):
        table = chance.choice([*_TABLES])
        at = {"TableName": table, "Key": _key(chance, table)}
        put = {"TableName": table, "Item": _row(chance, table)}
        items.append(
            chance.choice(
                [
                    {"Put": _maybe_on_condition(chance, put)},
                    {"Update": _changed(chance, at)},
                    {"Delete": _maybe_on_condition(chance, at)},
                    {"ConditionCheck": _with(at, "ConditionExpression", *_condition(chance))},
                ]
            )
        )
    return "transact_write_items", {"TransactItems": items}


def _transact_get(chance: random.Random) -> tuple[str, dict[str, Any]]:
    tables = [chance.choice([*_TABLES]) for _ in range(2)]
    keys = [{"Get": {"TableName": table, "Key": _key(chance, table)}} for table in tables]
    return "transact_get_items", {"TransactItems": keys}


if __name__ == "__main__":
    with aws_in_memory():
        print(json.dumps(answers(int(sys.argv[1]), int(sys.argv[2]))))
