"""The watch on the ledger: rows are only added, and only TTL removes them (PRI-31)."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import observability
from chalicelib.observability import observe
from chalicelib.template import attribute

_TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

events = Blueprint(__name__)


@events.on_dynamodb_record(
    stream_arn=attribute("LedgerTable", "StreamArn"), batch_size=100, starting_position="TRIM_HORIZON"
)
@observe
def watch_ledger(event: DynamoDBEvent) -> dict[str, Any]:
    """Raise the alarm at every change of an entry, and at every removal that is not by TTL (PRI-31).

    It reads the records as AWS sends them, because Chalice's own class omits who removed a row.
    """
    for record in event.to_dict()["Records"]:
        _watch(record)
    return {"batchItemFailures": []}


def _watch(record: dict[str, Any]) -> None:
    if record["eventName"] == "INSERT" or _by_ttl(record):
        return
    kind = record["dynamodb"]["Keys"]["subject"]["S"].partition("/")[0]
    observability.metric("LedgerTampered", 1)
    observability.log("ERROR", "an entry of the ledger was changed or removed", kind=kind)


def _by_ttl(record: dict[str, Any]) -> bool:
    identity = {name.lower(): value for name, value in (record.get("userIdentity") or {}).items()}
    return record["eventName"] == "REMOVE" and identity == {
        name.lower(): value for name, value in _TTL.items()
    }
