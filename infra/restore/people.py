"""Persons: erased and expired ones are not restored, and each expires as its facts say now (RET-14, PRI-8)."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.core.chunks import chunks
from chalicelib.core.retention import expires_at, gone
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from infra.restore import tables
from infra.restore.leads import absent
from infra.restore.report import Report
from infra.stack_settings import use_tables

_EXPIRES_AT = "expires_at"
_KEYS = {"ProjectionExpression": "lead_id, #part, expires_at", "ExpressionAttributeNames": {"#part": "part"}}


@dataclass(frozen=True)
class RestoreAction:
    """What to do with a restored row: delete it, give it another expiry (None: no expiry), or leave it."""

    what: str
    deletes: bool = False
    expires_at: int | None = None
    updates: bool = False


def replay(client: Any, target: str, erased: Container[str], now: int, report: Report) -> None:
    """Delete every row of a lead that is erased by its facts or by a receipt, and give the others their expiry.

    Repeatable. No person is read. The expiry of a row is as old as the backup, and the deadline may have moved since.
    A forgotten lead that is not erased yet keeps its rows: the schedule needs them to find the contact index.
    """
    for row, action in _actions(client, target, erased, now):
        key = {name: row[name] for name in ("lead_id", "part")}
        if action.deletes:
            client.delete_item(TableName=target, Key=key)
        elif action.updates:
            client.update_item(TableName=target, Key=key, **_expiry_update(action.expires_at))
        report.done[f"rows {action.what}"] += 1


def verify(client: Any, target: str, erased: Container[str], now: int, report: Report) -> None:
    """Count the rows that should be deleted or should have another expiry."""
    left = sum(action.deletes or action.updates for _, action in _actions(client, target, erased, now))
    report.expect("rows of erased leads, or with another expiry", left, 0)


def leads_without_person(client: Any, facts: str, target: str, now: int) -> int:
    """Count live leads of the table `facts` without a restored person: they were received since the point."""
    found = tables.scanned(
        client,
        facts,
        FilterExpression="#part = :lead AND attribute_not_exists(erased_at)",
        ExpressionAttributeNames={"#part": "part"},
        ExpressionAttributeValues={":lead": {"S": leads.LEAD}},
        ProjectionExpression="lead_id, erase_at",
    )
    live = (row["lead_id"]["S"] for row in found if "erase_at" not in row or int(row["erase_at"]["N"]) > now)
    with use_tables(target.removesuffix("people")):
        return absent(live, people.key, people.from_batch, now)


def _actions(
    client: Any, target: str, erased: Container[str], now: int
) -> Iterator[tuple[dict[str, Any], RestoreAction]]:
    for rows in chunks(tables.scanned(client, target, **_KEYS), batch.KEYS_A_READ):
        ids = {row["lead_id"]["S"] for row in rows}
        found = leads.get_many_as_stored(ids, now)
        for row in rows:
            lead_id = row["lead_id"]["S"]
            yield row, _action(found.get(lead_id), _expiry_of(row), lead_id in erased, now)


def _action(facts: Facts | None, expiry: int | None, erased: bool, now: int) -> RestoreAction:
    if facts is None:
        return RestoreAction("without facts deleted", deletes=True)
    if erased or facts.erased_at is not None:
        return RestoreAction("of erased leads deleted", deletes=True)
    if facts.retention.forgotten_at is not None:
        return RestoreAction("of forgotten leads left to the schedule")
    if gone(facts.erase_at, now):
        return RestoreAction("of leads past their deadline deleted", deletes=True)
    wanted = expires_at(facts.erase_at, now)
    if expiry != wanted:
        return RestoreAction("given the expiry their leads have now", expires_at=wanted, updates=True)
    return RestoreAction("not changed")


def _expiry_of(row: dict[str, Any]) -> int | None:
    return int(row[_EXPIRES_AT]["N"]) if _EXPIRES_AT in row else None


def _expiry_update(expiry: int | None) -> dict[str, Any]:
    if expiry is None:
        return {"UpdateExpression": f"REMOVE {_EXPIRES_AT}"}
    return {
        "UpdateExpression": f"SET {_EXPIRES_AT} = :expiry",
        "ExpressionAttributeValues": {":expiry": {"N": str(expiry)}},
    }
