"""Removal of expired rows, late and in any order with stream records, as DynamoDB's TTL does it."""

import random
from collections.abc import Iterator
from typing import Any

from chalicelib.aws.dynamodb.rows import Row
from chalicelib.leads.store import contact_index, people

TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
TABLES: tuple[type[Row], ...] = (people.PersonRow, contact_index.ContactRow)


def reap(now: int, chance: random.Random, share: float = 1.0) -> list[dict[str, Any]]:
    """Remove about `share` of the expired rows in any order. Return the records of table `people`."""
    expired = [row for model in TABLES for row in model.scan() if _is_expired(row, now)]
    chance.shuffle(expired)
    gone = [row for row in expired if chance.random() < share]
    for row in gone:
        row.delete()
    rows = [row for row in gone if isinstance(row, people.PersonRow)]
    return [record(row.lead_id, row.part, number) for number, row in enumerate(rows, 1)]


def record(lead_id: str, part: str, number: int) -> dict[str, Any]:
    """Return the stream record of a row that TTL removed, as AWS sends it for a KEYS_ONLY stream."""
    return {
        "eventID": f"event-{number}",
        "eventName": "REMOVE",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {"lead_id": {"S": lead_id}, "part": {"S": part}},
            "SequenceNumber": f"{number:021d}",
            "StreamViewType": "KEYS_ONLY",
        },
        "userIdentity": TTL,
    }


def rows_left(lead_id: str) -> Iterator[str]:
    """Yield the remaining rows of a lead's person."""
    yield from (str(row.part) for row in people.PersonRow.scan() if row.lead_id == lead_id)
    for row in contact_index.ContactRow.scan():
        if f'"{lead_id}"' in (row.originals or "") or row.entry == f"lead#{lead_id}":
            yield str(row.entry)


def _is_expired(row: Row, now: int) -> bool:
    end = row.ends_at()
    return end is not None and end < now
