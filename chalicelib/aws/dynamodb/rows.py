"""The access that all tables share: one client, one expiry predicate, one set of read functions.

No other module reads rows from a table. So every read applies the predicate `gone` (RET-14).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection.base import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from chalicelib import settings
from chalicelib.aws import clients
from chalicelib.core.errors import RequestFault, Unavailable
from chalicelib.core.paging import LastKey, Page
from chalicelib.core.retention import gone

R = TypeVar("R", bound="Row")
INVALID = clients.INVALID
_STAND_INS: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"RequestItems": {}},
    "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": "table", "Item": {}}}]},
}
_PREPARED = [f"before-call.dynamodb.{operation}" for operation in _STAND_INS]
_prepared = threading.local()
_shared: list[Connection] = []


class Row(Model):
    """A row of one of the seven tables. Subclasses name the table and its attributes."""

    TABLE: ClassVar[str]

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Return the table's connection, joined to the shared client: pynamodb makes one a table (about 50 ms each)."""
        if cls._connection is not None:
            return cls._connection
        cls.Meta.table_name = settings.current().table_prefix + cls.TABLE
        own = super()._get_connection()
        own.connection = _join(own.connection, cls.Meta.table_name)
        return own

    def ends_at(self) -> int | None:
        """Return the instant from which no reader sees this row, or None."""
        return getattr(self, "expires_at", None)


class MetaDefaults:
    """Time limits that leave time for a retry within the 29 seconds of the API; other settings are pynamodb's."""

    table_name = "set on first use"
    connect_timeout_seconds = 2
    read_timeout_seconds = 4
    max_retry_attempts = 2
    max_pool_connections = 10


def connection() -> Connection:
    """Return the client that all tables share. It sends prepared requests."""
    if not _shared:
        raise RuntimeError("no table was used before the first request")
    events = _shared[0].client.meta.events
    for name in _PREPARED:
        events.register(name, _replace_body, unique_id=name)  # once for each client, before anyone uses it
    return _shared[0]


def clear_cache() -> None:
    """Clear the client and the table names, as in a new process."""
    _shared.clear()
    for model in _subclasses(Row):
        model._connection = None


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise Unavailable if the store cannot answer, so that no error is read as a yes or a no (INT-11).

    Raise RequestFault for a request that the store refuses as invalid, such as an item that is too large.
    """
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        if error_code(error) in INVALID:
            raise RequestFault("The store refused a request as invalid.") from error
        raise Unavailable("The store did not answer in time; nothing was decided.") from error


def error_code(error: Exception) -> str | None:
    """Return the store's code of an error, or None if there was no answer (pynamodb fails on a timeout)."""
    return clients.error_code(getattr(error, "cause", None) or error) or None


def send_prepared(operation: str, request: str) -> dict[str, Any]:
    """Send a request that already has the form of DynamoDB, as JSON, and return the answer. Raise the client's errors.

    botocore would walk through every value of every row again, which takes most of a row's time (B6). Signing, retries
    and the parsing of answers remain botocore's. Any thread may call it.
    """
    shared, _prepared.body = connection(), request.encode()
    try:
        answer: dict[str, Any] = shared.dispatch(operation, _STAND_INS[operation])
        if _prepared.body is not None:
            raise RuntimeError("a stand-in was sent in place of a prepared request")
    finally:
        _prepared.body = None
    return answer


def _replace_body(params: dict[str, Any], **_: object) -> None:
    """Give a request its prepared body. A retry sends the same body; any other call of the thread has its own."""
    body, _prepared.body = getattr(_prepared, "body", None), None
    if body is not None:
        params["body"] = body


def if_live(row: R | None, now: int) -> R | None:
    """Return the row, or None from its end on, exact to the second (RET-14)."""
    return None if row is None or gone(row.ends_at(), now) else row


def absent_or_expired(model: Any, now: int) -> Condition:
    """Return the condition that no live row exists: absent or expired (data-model.md, Deadlines and expiry)."""
    condition: Condition = _hash_of(model).does_not_exist() | (model.expires_at <= now)
    return condition


def get(model: type[R], hash_key: str, range_key: str, now: int) -> R | None:
    """Return one row (strongly consistent), or None if it is absent or past its end."""
    with translate_errors():
        try:
            return if_live(model.get(hash_key, range_key, consistent_read=True), now)
        except model.DoesNotExist:
            return None


def get_including_expired(model: type[R], hash_key: str, prefix: str | None = None) -> list[R]:
    """Return all rows under a key, expired or not: for erasure, which must see what it removes."""
    with translate_errors():
        condition = None if prefix is None else _range_of(model).startswith(prefix)
        return list(model.query(hash_key, condition, consistent_read=True))


def query(model: type[R], hash_key: str, now: int, prefix: str | None = None) -> list[R]:
    """Return the live rows under a key whose range key begins with `prefix`, in order."""
    return [row for row in get_including_expired(model, hash_key, prefix) if if_live(row, now)]


def page(
    model: type[R],
    hash_key: str,
    *,
    limit: int,
    after: LastKey | None = None,
    index: str | None = None,
    between: Condition | None = None,
    newest_first: bool = False,
) -> Page[dict[str, Any]]:
    """Return up to `limit` raw rows of a table or index and the key to continue from, not filtered by expiry.

    Indexes lag and contain only keys. A caller that acts on these rows reads them again with `get`, `query` or
    `batch.read`, which apply the predicate.
    """
    own = model._get_connection()
    with translate_errors():
        answer = own.connection.query(
            own.table_name,
            hash_key,
            range_key_condition=between,
            index_name=index,
            limit=limit,
            exclusive_start_key=after,
            scan_index_forward=not newest_first,
            consistent_read=index is None,
        )
    return Page(answer["Items"], answer.get("LastEvaluatedKey"))


def scan_page(model: type[R], *, limit: int, after: LastKey | None) -> Page[dict[str, Any]]:
    """Return the next `limit` raw rows of a whole table, strongly consistent, not filtered by expiry.

    Only the migration of contacts goes through whole tables, and reads each row that it acts on again.
    """
    own = model._get_connection()
    with translate_errors():
        key: Any = after  # pynamodb declares a text, and takes the whole key
        answer = own.connection.scan(
            own.table_name, limit=limit, exclusive_start_key=key, consistent_read=True
        )
    return Page(answer["Items"], answer.get("LastEvaluatedKey"))


def _hash_of(model: type[Row]) -> Any:
    return getattr(model, model._hash_keyname or "")


def _range_of(model: type[Row]) -> Any:
    return getattr(model, model._range_keyname or "")


def _join(own: Connection, table_name: str) -> Connection:
    """Return the shared client with this table. If two models share a table, the one with indexes describes it."""
    if not _shared:
        _shared.append(own)
    shared = _shared[0]
    described = own.get_meta_table(table_name)
    if table_name not in shared._tables or described.data.get("GlobalSecondaryIndexes"):
        shared._tables[table_name] = described
    return shared


def _subclasses(model: type[Model]) -> Iterator[type[Model]]:
    for child in model.__subclasses__():
        yield child
        yield from _subclasses(child)
