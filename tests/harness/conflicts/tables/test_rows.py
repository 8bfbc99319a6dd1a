"""The tables in memory answer what moto answers, to the operations and expressions that our code sends."""

import boto3
from botocore.config import Config

from tests.harness.conflicts.service import Service
from tests.harness.conflicts.tables.rows import Store
from tests.harness.conflicts.tables.sent_calls import Definitions, compared, create_tables
from tests.harness.conflicts.time_line import TimeLine
from tests.harness.conflicts.wire import answering

SEED, COUNT = 1, 1200
ENDS = ("answered", "ConditionalCheckFailedException")
WRITES = ("put_item", "update_item", "delete_item")


def test_random_calls_are_answered_as_by_moto(aws: None) -> None:
    """moto is taken by its short ways here; `tests/harness/test_short_ways.py` compares those with its own."""
    moto, own = boto3.client("dynamodb"), boto3.client("dynamodb", config=Config(user_agent_extra="own"))
    store = Store()
    create_tables(moto, Definitions(store))

    with answering(own, Service(store, TimeLine(0))):
        ends, differing = compared(SEED, COUNT, moto, own)

    assert differing == []
    assert all(ends[f"{operation} {end}"] > 20 for operation in WRITES for end in ENDS), ends
    transactions = [
        ends[f"transact_write_items {end}"] for end in ("answered", "TransactionCanceledException")
    ]
    assert min(*transactions, ends["query answered"], ends["batch_get_item answered"]) > 40, ends


def test_a_client_is_as_before_when_the_service_is_gone(aws: None) -> None:
    client, store = boto3.client("dynamodb"), Store()
    create_tables(client, Definitions(store))
    row = {"TableName": "plain", "Key": {"h": {"S": "a"}}}

    with answering(client, Service(store, TimeLine(0))):
        client.put_item(TableName="plain", Item={"h": {"S": "a"}})
        within = client.get_item(**row)

    assert "Item" in within
    assert "Item" not in client.get_item(**row)
