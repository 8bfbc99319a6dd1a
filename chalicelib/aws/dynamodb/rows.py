"""What all tables share: one client, one expiry predicate, one way to ask.

Nothing else in the system asks a table for a row, so that `live` stands between every reader and a person
whose time has come (RET-14).
"""

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
from chalicelib.core.errors import Unavailable
from chalicelib.core.retention import gone

R = TypeVar("R", bound="Row")
_shared: list[Connection] = []


class Row(Model):
    """A row of one of the seven tables; subclasses name the table and give its keys and attributes."""

    TABLE: ClassVar[str]

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Join every table's connection to one client: pynamodb makes one for each (about 50 ms a table)."""
        if cls._connection is not None:
            return cls._connection
        cls.Meta.table_name = settings.current().table_prefix + cls.TABLE
        own = super()._get_connection()
        own.connection = _join(own.connection, cls.Meta.table_name)
        return own

    def ends_at(self) -> int | None:
        """Return the instant from which this row exists for nobody, or None."""
        return getattr(self, "expires_at", None)


class MetaDefaults:
    """Time limits that leave room for a retry inside the 29 seconds of the API; the rest is pynamodb's."""

    table_name = "set on first use"
    connect_timeout_seconds = 2
    read_timeout_seconds = 4
    max_retry_attempts = 2
    max_pool_connections = 10


def connection() -> Connection:
    """Return the client all tables share."""
    if not _shared:
        raise RuntimeError("no table was named before the first request")
    return _shared[0]


def clear_cache() -> None:
    """Forget the client and the table names, as a fresh process would."""
    _shared.clear()
    for model in _subclasses(Row):
        model._connection = None


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn what the store cannot answer into Unavailable: never a yes, never a no (INT-11)."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        raise Unavailable("The store did not answer in time; nothing was decided.") from error


def error_code(error: PynamoDBException) -> str | None:
    """Return the store's code for an error, or None where no answer came (pynamodb stumbles over a timeout)."""
    response = getattr(error.cause, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code


def if_live(row: R | None, now: int) -> R | None:
    """Return the row, or None from its end on, to the second (RET-14)."""
    return None if row is None or gone(row.ends_at(), now) else row


def absent_or_expired(model: Any, now: int) -> Condition:
    """Return the condition that there is no live row: none, or an expired one (data-model.md, Deadlines and expiry)."""
    condition: Condition = _hash_of(model).does_not_exist() | (model.expires_at <= now)
    return condition


def get(model: type[R], hash_key: str, range_key: str, now: int) -> R | None:
    """Return one row as it is now (strongly consistent), or None if absent or past its end."""
    with translate_errors():
        try:
            return if_live(model.get(hash_key, range_key, consistent_read=True), now)
        except model.DoesNotExist:
            return None


def get_including_expired(model: type[R], hash_key: str, prefix: str | None = None) -> list[R]:
    """Return what still lies under a key, expired or not: for erasure, which must see what it removes."""
    with translate_errors():
        condition = None if prefix is None else _range_of(model).startswith(prefix)
        return list(model.query(hash_key, condition, consistent_read=True))


def query(model: type[R], hash_key: str, now: int, prefix: str | None = None) -> list[R]:
    """Return the live rows under a key whose range key starts with `prefix`, in order."""
    return [row for row in get_including_expired(model, hash_key, prefix) if if_live(row, now)]


def page(
    model: type[R],
    hash_key: str,
    *,
    limit: int,
    after: dict[str, Any] | None = None,
    index: str | None = None,
    between: Condition | None = None,
    newest_first: bool = False,
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return up to `limit` raw rows of a table or index and the key to go on from; not filtered by expiry.

    Indexes lag and hold keys only: whoever acts on what a page names reads it afresh through `get`, `query`
    or `batch.read`, where the predicate stands.
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
    return answer["Items"], answer.get("LastEvaluatedKey")


def _hash_of(model: type[Row]) -> Any:
    return getattr(model, model._hash_keyname or "")


def _range_of(model: type[Row]) -> Any:
    return getattr(model, model._range_keyname or "")


def _join(own: Connection, table_name: str) -> Connection:
    """Two models may share a table: the one that names its indexes describes it, whichever comes first."""
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
