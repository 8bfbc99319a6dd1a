"""Batch reads and transactions over several tables."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from pynamodb.exceptions import DeleteError, PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib import clock
from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.rows import Row
from chalicelib.aws.dynamodb.tokens import token_of as token_of  # noqa: PLC0414  # callers use it as `batch.token_of`
from chalicelib.core.chunks import chunks
from chalicelib.core.errors import RequestFault, Unavailable
from chalicelib.core.quick_dataclass import dataclass

R = TypeVar("R", bound=Row)
KEYS_A_READ = WRITES_AT_ONCE = 100
ROWS_A_WRITE = 25
_TRIES, _WRITE_TRIES = 4, 8
_UNMET = "ConditionalCheckFailedException"
SAME_INTENT_AT_ONCE = ("TransactionInProgressException", "IdempotentParameterMismatchException")


class Key(NamedTuple):
    """The address of one row. It is a tuple, because a lead compares and hashes a dozen of them (B3)."""

    model: type[Row]
    hash_key: str
    range_key: str


@dataclass(frozen=True)
class BatchRows:
    """The live rows that one batch read found."""

    rows: dict[Key, Row]

    def get(self, model: type[R], hash_key: str, range_key: str) -> R | None:
        """Return the row of that key, or None if it is absent or past its end."""
        row = self.rows.get(Key(model, hash_key, range_key))
        return row if isinstance(row, model) else None


@dataclass(frozen=True)
class Put:
    """Write the whole row if `condition` holds. A None is explained where the write is made."""

    row: Row
    condition: Condition | None


@dataclass(frozen=True)
class Update:
    """Change the row of this key if `condition` holds. A None is explained where the write is made."""

    row: Row
    actions: Sequence[Action]
    condition: Condition | None


@dataclass(frozen=True)
class Delete:
    """Remove the row of this key if `condition` holds."""

    row: Row
    condition: Condition | None = None


@dataclass(frozen=True)
class Check:
    """Change nothing; cancel the transaction unless `condition` holds."""

    row: Row
    condition: Condition


Write = Put | Update | Delete | Check


class Cancelled(Exception):
    """A transaction was not made: a condition did not hold, or another transaction wrote the same rows.

    `conflict` is True if contention was the only reason; then the same transaction may be tried again. `failed` lists
    the rows whose condition did not hold.
    """

    def __init__(self, conflict: bool, failed: Sequence[Row] = ()) -> None:
        super().__init__("the transaction was cancelled")
        self.conflict = conflict
        self.failed = list(failed)


def read(keys: Iterable[Key], now: int) -> BatchRows:
    """Return up to 100 live rows of any tables, in one strongly consistent round trip."""
    tables = _by_table(keys)
    if sum(len(table.keys) for table in tables.values()) > KEYS_A_READ:
        raise ValueError("a batch read has at most 100 keys")
    live_rows = {}
    for name, item in _items({name: table.request() for name, table in tables.items()}):
        key = tables[name].key_of(item)
        row = rows.if_live(key.model.from_raw_data(item), now)
        if row is not None:
            live_rows[key] = row
    return BatchRows(live_rows)


def read_many(keys: Iterable[Key], now: int) -> BatchRows:
    """Return any number of live rows of any tables, strongly consistent, with one round trip for each hundred."""
    different = list(dict.fromkeys(keys))
    if len(different) <= KEYS_A_READ:
        return read(different, now)
    found: dict[Key, Row] = {}
    for some in chunks(different, KEYS_A_READ):
        found |= read(some, now).rows
    return BatchRows(found)


def write(writes: Sequence[Write], token: str) -> None:
    """Make all the writes or none of them (at most 100, no two on one row).

    `token` is derived from what is written, so that the same intent counts once. A transaction whose answer was lost
    is recognised by the row it put. Raise Cancelled if a condition does not hold, Unavailable if the store does not
    answer, RequestFault if it refuses the writes as invalid.

    Example:
        >>> from chalicelib.aws.dynamodb import counters
        >>> token = token_of("example", "cmp_1")
        >>> write([counters.add_statistics("cmp_1", 1_800_000_000, {"accepted": 1}, token)], token)
        >>> counters.read_day("statistics#cmp_1", "2027-01-15")
        {'accepted': 1}
    """
    for row in (entry.row for entry in writes):
        row._get_connection()
    with rows.translate_errors():
        transaction = TransactWrite(connection=rows.connection(), client_request_token=token)
        for entry in writes:
            _add(transaction, entry)
        try:
            transaction._commit()
        except TransactWriteError as error:
            _raise_cancelled(error, writes)


def write_one(entry: Put | Update | Delete) -> None:
    """Make a single write, at half the price of a transaction.

    Raise Cancelled if its condition does not hold, also if it was made before and the answer was lost. The caller then
    reads again. Raise Unavailable if the store does not answer.
    """
    with rows.translate_errors():
        try:
            match entry:
                case Put(row, condition):
                    row.save(condition=condition)
                case Update(row, actions, condition):
                    row.update(actions=list(actions), condition=condition)
                case Delete(row, condition):
                    row.delete(condition=condition)
        except (PutError, UpdateError, DeleteError) as error:
            if rows.error_code(error) == _UNMET:
                raise Cancelled(conflict=False, failed=[entry.row]) from error
            raise


def delete_many(deleted: Sequence[Row]) -> None:
    """Remove rows of one table, 25 in a call, in any order; an absent row is no error. Any thread may call it.

    Rows that the store leaves unprocessed are sent again, with pauses. Raise Unavailable if it keeps leaving some.
    """
    if not deleted:
        return
    table, names = table_of(type(deleted[0])), _names(type(deleted[0]))
    keys = [{name: {"S": getattr(row, name)} for name in names} for row in deleted]
    _send_all(table, [{"DeleteRequest": {"Key": key}} for key in keys])


def _send_all(table: str, waiting: list[dict[str, Any]]) -> None:
    attempt = 0
    while waiting:
        chunk, waiting = waiting[:ROWS_A_WRITE], waiting[ROWS_A_WRITE:]
        with rows.translate_errors():
            answer = rows.connection().dispatch("BatchWriteItem", {"RequestItems": {table: chunk}})
        unprocessed = (answer.get("UnprocessedItems") or {}).get(table, [])
        attempt = attempt + 1 if unprocessed else 0
        if attempt == _WRITE_TRIES:
            raise Unavailable("The store did not write all rows in time; repeat the request.")
        if unprocessed:
            waiting = unprocessed + waiting
            clock.backoff(attempt)


def _add(transaction: TransactWrite, entry: Write) -> None:
    match entry:
        case Put(row, condition):
            transaction.save(row, condition=condition, return_values=_old(row))
        case Update(row, actions, condition):
            transaction.update(row, actions=list(actions), condition=condition)
        case Delete(row, condition):
            transaction.delete(row, condition=condition)
        case Check(row, condition):
            hash_key, range_key = (getattr(row, name) for name in _names(type(row)))
            transaction.condition_check(type(row), hash_key, range_key, condition=condition)


def _old(row: Row) -> str | None:
    return "ALL_OLD" if getattr(row, "OWN_WRITE", False) else None


def _raise_cancelled(error: TransactWriteError, writes: Sequence[Write]) -> None:
    if rows.error_code(error) in SAME_INTENT_AT_ONCE:
        raise Cancelled(conflict=True) from error
    if rows.error_code(error) != "TransactionCanceledException":
        raise error
    ordered = sorted(writes, key=_sent_order)
    reasons = list(zip(ordered, error.cancellation_reasons, strict=True))
    failed = [entry for entry, reason in reasons if reason and reason.code == "ConditionalCheckFailed"]
    if _is_made(reasons):
        return
    if not failed and any(reason and reason.code in rows.INVALID for _, reason in reasons):
        raise RequestFault("The store refused a write as invalid.") from error
    raise Cancelled(conflict=not failed, failed=[entry.row for entry in failed]) from error


def _sent_order(entry: Write) -> int:
    """Return the position in which pynamodb sends this kind of write; the reasons come back in the same order."""
    return (Check, Delete, Put, Update).index(type(entry))


def _is_made(reasons: Sequence[tuple[Write, Any]]) -> bool:
    """Return True if every entry is there as this transaction writes it; one may be from another transaction."""
    own = [_is_own(entry, reason) for entry, reason in reasons if _old(entry.row) and isinstance(entry, Put)]
    return bool(own) and all(own)


def _is_own(entry: Write, reason: Any) -> bool:
    return (
        isinstance(entry, Put)
        and bool(reason and reason.raw_item)
        and reason.raw_item == entry.row.serialize()
    )


def table_of(model: type[Row]) -> str:
    return str(model._get_connection().table_name)


def _names(model: type[Row]) -> tuple[str, str]:
    return str(model._hash_keyname), str(model._range_keyname)


class _TableKeys:
    """The keys of one table in a batch read, by their values."""

    def __init__(self, model: type[Row]) -> None:
        self.names, self.keys = _names(model), dict[tuple[str, str], Key]()

    def request(self) -> dict[str, Any]:
        one, other = self.names
        return {"Keys": [{one: {"S": h}, other: {"S": r}} for h, r in self.keys], "ConsistentRead": True}

    def key_of(self, item: dict[str, Any]) -> Key:
        one, other = self.names
        return self.keys[item[one]["S"], item[other]["S"]]


def _by_table(keys: Iterable[Key]) -> dict[str, _TableKeys]:
    """Return the keys by their tables. The name of a table is looked up once for each model, not for each key (B6)."""
    tables, of_models = dict[str, _TableKeys](), dict[type[Row], _TableKeys]()
    for key in keys:
        if key.model not in of_models:
            of_models[key.model] = tables.setdefault(table_of(key.model), _TableKeys(key.model))
        of_models[key.model].keys[key.hash_key, key.range_key] = key
    return tables


def _items(request: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield the rows of a request, and ask again for unprocessed keys; raise Unavailable if some remain."""
    for attempt in range(_TRIES):
        if not request:
            return
        if attempt:
            clock.backoff(attempt)
        with rows.translate_errors():
            answer = rows.send_prepared("BatchGetItem", json.dumps({"RequestItems": request}))
        for table, items in answer.get("Responses", {}).items():
            yield from ((table, item) for item in items)
        request = answer.get("UnprocessedKeys") or {}
    if request:
        raise Unavailable("The store did not answer in time; nothing was decided.")
