"""A lead from receipt to its end, through the functions that AWS would call (RET-14, RET-15)."""

import random
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from chalicelib import clock, settings
from chalicelib.leads.store import people
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.privacy.handlers.after_erasure import after_erasure
from chalicelib.privacy.handlers.finish_erasures import finish_erasures
from tests.factories.leads import DAY, ENTERS_AT_ONCE, NOW, create_lead, create_organisation, facts_of
from tests.scenarios.reaper import reap, rows_left

Move = Callable[[int], None]
DUE = NOW + 10 * DAY
NAMES = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
EVENT = dict.fromkeys(NAMES, "-")


class Context:
    """The context that Lambda passes besides the event."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 60_000


@pytest.fixture
def move(aws: None, monkeypatch: pytest.MonkeyPatch) -> Move:
    """Set the clock."""
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


def assert_gone_once(lead_id: str = "lead_1") -> None:
    assert list(rows_left(lead_id)) == []
    receipts = [
        entry for entry in ledger.list_subject(f"lead/{lead_id}", NOW) if entry.kind is EntryKind.RECEIPT
    ]
    assert len(receipts) == 1
    assert facts_of(lead_id).erased_at is not None


def test_RET_15_ttl_removes_the_rows_and_the_stream_finishes(move: Move) -> None:
    create_organisation()
    create_lead()
    move(DUE + 1200)
    records = reap(DUE + 1200, random.Random(1))
    assert len(records) == 1
    assert after_erasure({"Records": records}, Context()) == {"batchItemFailures": []}
    assert_gone_once()


def test_RET_15_without_the_stream_the_schedule_finishes(move: Move) -> None:
    create_organisation(max_lag="PT1H")
    create_lead()
    reap(DUE + 1200, random.Random(1))
    move(DUE + 3599)
    finish_erasures(EVENT, Context())
    assert facts_of("lead_1").erased_at is None
    move(DUE + 3600)
    finish_erasures(EVENT, Context())
    assert_gone_once()


def test_RET_15_without_ttl_and_lag_the_next_run_removes_everything(move: Move) -> None:
    create_organisation(max_lag="PT0S", duplicates=ENTERS_AT_ONCE)
    create_lead()
    move(DUE - 1)
    finish_erasures(EVENT, Context())
    assert len(list(rows_left("lead_1"))) == 4
    move(DUE)
    finish_erasures(EVENT, Context())
    assert_gone_once()


def test_RET_15_a_schedule_missed_for_three_days_catches_up(move: Move) -> None:
    create_organisation(max_lag="PT0S")
    for number in range(30):
        create_lead(f"lead_{number}", NOW + number * 3600)
    move(DUE + 3 * DAY)
    finish_erasures(EVENT, Context())
    for number in range(30):
        assert_gone_once(f"lead_{number}")


def test_RET_15_the_real_stream_has_keys_only_and_gives_the_same_end(move: Move) -> None:
    create_organisation(max_lag="PT0S")
    table = settings.current().table_prefix + people.PersonRow.TABLE
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    boto3.client("dynamodb").update_table(TableName=table, StreamSpecification=stream)
    create_lead()
    move(DUE)
    finish_erasures(EVENT, Context())
    records = [record for record in stream_records(table) if record["eventName"] == "REMOVE"]
    assert [{"NewImage", "OldImage"} & record["dynamodb"].keys() for record in records] == [set()]
    assert after_erasure({"Records": records}, Context()) == {"batchItemFailures": []}
    assert_gone_once()


def stream_records(table: str) -> list[dict[str, Any]]:
    """Return the records of a table's stream as Lambda would receive them."""
    arn = boto3.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = boto3.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    for item in records:
        item["eventSourceARN"] = arn
        item["dynamodb"]["ApproximateCreationDateTime"] = NOW
    return records
