"""Transactions: all their writes at one instant, or none of them, by the documented bounds (100 rows, 4 MB)."""

from typing import Any

from tests.harness.conflicts.tables import values
from tests.harness.conflicts.tables.operations import (
    Answer,
    Body,
    ServiceError,
    Unmet,
    answer,
    apply,
    checked,
    given_of,
    write,
)
from tests.harness.conflicts.tables.rows import Address, Store
from tests.harness.conflicts.tables.values import Invalid, Item

ROWS, BYTES = 100, 4 * 1024 * 1024
_NONE = {"Code": "None"}
_REASONS = {
    "ConditionalCheckFailed": "The conditional request failed",
    "TransactionConflict": "Transaction is ongoing for the item",
    "ValidationError": "One or more parameter values were invalid",
}


def actions_of(body: Body) -> list[tuple[str, Body]]:
    """Return the actions of a transaction with their kinds."""
    return [next(iter(entry.items())) for entry in body["TransactItems"]]


def addresses(store: Store, body: Body) -> list[Address]:
    """Return the rows that a transaction holds. Raise ServiceError if it can never be made.

    It has 1 to 100 actions, at most 4 MB of rows, and no row twice.
    """
    return checked(lambda: _addresses(store, actions_of(body)))


def _addresses(store: Store, actions: list[tuple[str, Body]]) -> list[Address]:
    if not 1 <= len(actions) <= ROWS:
        raise Invalid("a transaction has 1 to 100 actions")
    rows = [_address(store, kind, action) for kind, action in actions]
    if len(set(rows)) < len(rows):
        raise Invalid("a transaction has a row twice")
    if sum(values.bytes_of(action.get("Item", {})) for _, action in actions) > BYTES:
        raise Invalid("a transaction has at most 4 MB")
    for _, action in actions:
        given_of(action)
    return rows


def _address(store: Store, kind: str, action: Body) -> Address:
    if kind == "Put":
        return (action["TableName"], *store.table(action["TableName"]).key_of(action["Item"]))
    return store.address(action["TableName"], action["Key"])


def commit(store: Store, body: Body) -> Answer:
    """Make all writes. Raise ServiceError with the reasons, and change nothing, if one cannot be made."""
    reasons, writes = list[Any](), list[tuple[Address, Item | None]]()
    for kind, action in actions_of(body):
        try:
            address, before, after = write(store, kind, action)
        except Unmet as unmet:
            reasons.append(_unmet(action, unmet.row))
        except Invalid:
            reasons.append(reason("ValidationError"))
        else:
            reasons.append(_NONE)
            if after is not before:
                writes.append((address, after))
    if any(one is not _NONE for one in reasons):
        raise cancelled(reasons)
    for address, after in writes:
        apply(store, address, after)
    return {}


def read(store: Store, body: Body) -> Answer:
    """Answer a TransactGetItems, all rows at one instant."""
    return {"Responses": [answer(store, "GetItem", action) for _, action in actions_of(body)]}


def conflict(rows: list[Address], held: set[Address]) -> ServiceError:
    """Return the refusal of a transaction whose rows another one holds: the reason is in the place of each of them."""
    return cancelled([reason("TransactionConflict") if row in held else _NONE for row in rows])


def reason(code: str) -> dict[str, Any]:
    """Return one reason of a cancelled transaction."""
    return {"Code": code, "Message": _REASONS[code]}


def cancelled(reasons: list[Any]) -> ServiceError:
    """Return the refusal of a transaction."""
    codes = ", ".join(one["Code"] for one in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return ServiceError("TransactionCanceledException", message, CancellationReasons=reasons)


def _unmet(action: Body, row: Item | None) -> dict[str, Any]:
    shown = action.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and row
    return reason("ConditionalCheckFailed") | ({"Item": row} if shown else {})
