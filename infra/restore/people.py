"""Persons: who is erased, or was due since, does not come back, and each ends as its facts say now (RET-14, PRI-8)."""

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

_STAMP = "expires_at"
_KEYS = {"ProjectionExpression": "lead_id, #part, expires_at", "ExpressionAttributeNames": {"#part": "part"}}


@dataclass(frozen=True)
class RestoreAction:
    """What is to become of a restored row: it goes, or gets another end (None: no end), or stays as it is."""

    what: str
    goes: bool = False
    stamp: int | None = None
    stamped: bool = False


def replay(client: Any, target: str, erased: Container[str], now: int, report: Report) -> None:
    """Delete every row of whom the facts or a receipt say is gone, and give the others their end; repeatable.

    No person is read for it. A row's own stamp is as old as the backup: the end may have been moved since. Whoever
    is forgotten but not erased yet keeps the rows: the schedule finds the directory through them and ends it all.
    """
    for row, fate in _fates(client, target, erased, now):
        key = {name: row[name] for name in ("lead_id", "part")}
        if fate.goes:
            client.delete_item(TableName=target, Key=key)
        elif fate.stamped:
            client.update_item(TableName=target, Key=key, **_stamp(fate.stamp))
        report.done[f"rows {fate.what}"] += 1


def verify(client: Any, target: str, erased: Container[str], now: int, report: Report) -> None:
    """Count whether a row is left of anybody who is gone, or with another end than the facts have."""
    left = sum(fate.goes or fate.stamped for _, fate in _fates(client, target, erased, now))
    report.expect("rows of who is gone, or with another end", left, 0)


def leads_without_person(client: Any, facts: str, target: str, now: int) -> int:
    """Count live leads of the table `facts` whose person is not in the restored one: they came in since the point."""
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


def _fates(
    client: Any, target: str, erased: Container[str], now: int
) -> Iterator[tuple[dict[str, Any], RestoreAction]]:
    for rows in chunks(tables.scanned(client, target, **_KEYS), batch.KEYS_A_READ):
        ids = {row["lead_id"]["S"] for row in rows}
        found = leads.get_many(ids, now)
        for row in rows:
            lead_id = row["lead_id"]["S"]
            yield row, _fate(found.get(lead_id), _stamp_of(row), lead_id in erased, now)


def _fate(facts: Facts | None, stamp: int | None, erased: bool, now: int) -> RestoreAction:
    if facts is None:
        return RestoreAction("without facts deleted", goes=True)
    if erased or facts.erased_at is not None:
        return RestoreAction("of erased leads deleted", goes=True)
    if facts.retention.forgotten_at is not None:
        return RestoreAction("of forgotten leads left to the schedule")
    if gone(facts.erase_at, now):
        return RestoreAction("of leads that are due deleted", goes=True)
    wanted = expires_at(facts.erase_at, now)
    if stamp != wanted:
        return RestoreAction("given the end their leads have now", stamp=wanted, stamped=True)
    return RestoreAction("left as they were")


def _stamp_of(row: dict[str, Any]) -> int | None:
    return int(row[_STAMP]["N"]) if _STAMP in row else None


def _stamp(stamp: int | None) -> dict[str, Any]:
    if stamp is None:
        return {"UpdateExpression": f"REMOVE {_STAMP}"}
    return {
        "UpdateExpression": f"SET {_STAMP} = :stamp",
        "ExpressionAttributeValues": {":stamp": {"N": str(stamp)}},
    }
