"""The operations on rows, each at one instant: what DynamoDB answers, without time and without other callers."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.harness.conflicts.tables import conditions, queries, updates
from tests.harness.conflicts.tables.paths import Given
from tests.harness.conflicts.tables.rows import Absent, Address, Store
from tests.harness.conflicts.tables.values import Invalid, Item

Body = dict[str, Any]
Answer = dict[str, Any]
T = TypeVar("T")
_KEYS_A_READ, _ROWS_A_WRITE = 100, 25
_EXPRESSIONS = (
    *("ConditionExpression", "UpdateExpression", "KeyConditionExpression"),
    *("FilterExpression", "ProjectionExpression"),
)


class ServiceError(Exception):
    """DynamoDB answers with an error of this code. `details` are further members of the answer."""

    def __init__(self, code: str, message: str = "", **details: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.details = code, message, details


class Unmet(Exception):
    """A condition does not hold. `row` is the row that was found."""

    def __init__(self, row: Item | None) -> None:
        super().__init__("the condition does not hold")
        self.row = row


def checked(does: Callable[[], T]) -> T:
    """Return what `does` returns; raise ServiceError for an invalid request or an absent table."""
    try:
        return does()
    except Invalid as error:
        raise ServiceError("ValidationException", str(error)) from error
    except Absent as error:
        raise ServiceError("ResourceNotFoundException", "there is no such table") from error


def answer(store: Store, operation: str, body: Body) -> Answer:
    """Return the answer of an operation, at once; raise ServiceError."""
    return checked(lambda: _OPERATIONS[operation](store, body))


def given_of(body: Body) -> Given:
    """Return the names and values of a request. Raise Invalid if its expressions use others, or not all of them."""
    given = Given(body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {}))
    used = frozenset[str]().union(*(_used(name, body[name]) for name in _EXPRESSIONS if name in body))
    if used != given.names.keys() | given.values.keys():
        raise Invalid("an expression has a name or a value too few or too many")
    return given


def _used(name: str, text: str) -> frozenset[str]:
    if name == "ProjectionExpression":
        return queries.placeholders(text)
    return (updates.update(text) if name == "UpdateExpression" else conditions.condition(text))[1]


def write(store: Store, kind: str, body: Body) -> tuple[Address, Item | None, Item | None]:
    """Return the address, the row before and the row after a single write; raise Unmet or Invalid. Nothing is changed.

    `kind` is Put, Update, Delete or ConditionCheck.
    """
    table, given = store.table(body["TableName"]), given_of(body)
    key = table.key_of(body["Item"]) if kind == "Put" else table.key_alone(body["Key"])
    before = table.items.get(key)
    if not conditions.holds(body.get("ConditionExpression"), before, given):
        raise Unmet(before)
    match kind:
        case "Put":
            after: Item | None = body["Item"]
        case "Update":
            after = updates.updated(body["UpdateExpression"], before or body["Key"], given)
            if table.key_of(after) != key:
                raise Invalid("an update may not change the key")
        case "Delete":
            after = None
        case _:
            after = before
    if after is not None and after is not before:
        table.require_valid(after)
    return (table.name, *key), before, after


def apply(store: Store, address: Address, after: Item | None) -> None:
    """Make a single write."""
    table = store.table(address[0])
    if after is None:
        table.remove(address[1:])
    else:
        table.put(after)


def _single(kind: str) -> Callable[[Store, Body], Answer]:
    def does(store: Store, body: Body) -> Answer:
        try:
            address, before, after = write(store, kind, body)
        except Unmet as unmet:
            raise unmet_condition(body, unmet.row) from unmet
        apply(store, address, after)
        return _values(body.get("ReturnValues", "NONE"), before or {}, after or {}, body)

    return does


def unmet_condition(body: Body, row: Item | None) -> ServiceError:
    """Return the refusal of a single write."""
    shown = body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and row
    details = {"Item": row} if shown else {}
    return ServiceError("ConditionalCheckFailedException", "The conditional request failed", **details)


def _values(wanted: str, before: Item, after: Item, body: Body) -> Answer:
    """Return the attributes that a write was asked to return."""
    chosen = before if wanted.endswith("_OLD") else after
    if wanted.startswith("UPDATED"):
        changed = {name for name in {**before, **after} if before.get(name) != after.get(name)}
        chosen = {
            name: value for name, value in chosen.items() if name in changed and name not in body["Key"]
        }
    return {"Attributes": chosen} if wanted != "NONE" and chosen else {}


def get_item(store: Store, body: Body) -> Answer:
    """Answer a GetItem."""
    given = given_of(body)
    row = store.read(body["TableName"], body["Key"])
    return {} if row is None else {"Item": queries.projected(row, body.get("ProjectionExpression"), given)}


def require_batch_read(store: Store, body: Body) -> list[tuple[str, Item, Address]]:
    """Return the keys of a batch read; raise Invalid for too many, or for one key twice."""
    keys = [
        (table, key, store.address(table, key))
        for table, asked in body["RequestItems"].items()
        for key in asked["Keys"]
    ]
    if not 1 <= len(keys) <= _KEYS_A_READ:
        raise Invalid("a batch read has 1 to 100 keys")
    if len({address for _, _, address in keys}) < len(keys):
        raise Invalid("a batch read has a key twice")
    return keys


def batch_get(store: Store, body: Body) -> Answer:
    """Answer a BatchGetItem, all keys at one instant."""
    rows: dict[str, list[Item]] = {table: [] for table in body["RequestItems"]}
    for table, key, _ in require_batch_read(store, body):
        row = store.read(table, key)
        if row is not None:
            rows[table].append(row)
    return {"Responses": rows, "UnprocessedKeys": {}}


def require_batch_write(store: Store, body: Body) -> list[tuple[str, Body, Address]]:
    """Return the entries of a batch write; raise Invalid for too many, or for one row twice."""
    entries = [
        (table, entry, _address_of(store, table, entry))
        for table, asked in body["RequestItems"].items()
        for entry in asked
    ]
    if not 1 <= len(entries) <= _ROWS_A_WRITE:
        raise Invalid("a batch write has 1 to 25 rows")
    if len({address for _, _, address in entries}) < len(entries):
        raise Invalid("a batch write has a row twice")
    return entries


def write_entry(store: Store, table: str, entry: Body) -> None:
    """Make one write of a batch."""
    kind, request = next(iter(entry.items()))
    address, _, after = write(store, kind.removesuffix("Request"), {"TableName": table, **request})
    apply(store, address, after)


def batch_write(store: Store, body: Body) -> Answer:
    """Answer a BatchWriteItem, all rows at one instant."""
    entries = require_batch_write(store, body)
    for table, entry, _ in entries:
        if "PutRequest" in entry:
            store.table(table).require_valid(entry["PutRequest"]["Item"])
    for table, entry, _ in entries:
        write_entry(store, table, entry)
    return {"UnprocessedItems": {}}


def _address_of(store: Store, table: str, entry: Body) -> Address:
    if "PutRequest" in entry:
        return (table, *store.table(table).key_of(entry["PutRequest"]["Item"]))
    return store.address(table, entry["DeleteRequest"]["Key"])


_OPERATIONS: dict[str, Callable[[Store, Body], Answer]] = {
    "GetItem": get_item,
    "BatchGetItem": batch_get,
    "Query": lambda store, body: queries.query(store, body, given_of(body)),
    "Scan": lambda store, body: queries.scan(store, body, given_of(body)),
    "PutItem": _single("Put"),
    "UpdateItem": _single("Update"),
    "DeleteItem": _single("Delete"),
    "BatchWriteItem": batch_write,
}
