"""The ledger is append-only: no role of the application can change it, and the monitor sees any change (PRI-31)."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local import aws
from infra.local.stack_config import REGION
from tests.e2e import calls
from tests.e2e.calls import DeployedFunction
from tests.e2e.stack import Stack, eventually

_KEY = {"subject": {"S": "test/watched"}, "at_id": {"S": "2026-01-01T00:00:00Z#test"}}
_WATCH = "/aws/lambda/leadwarden-local-watch-ledger"


def _as(stack: Stack, function: DeployedFunction) -> Any:
    """Return a DynamoDB client with exactly the rights of a function's role."""
    values = aws.client(stack.config, "sts").assume_role(RoleArn=function.role, RoleSessionName="attack")
    session = boto3.session.Session(
        aws_access_key_id=values["Credentials"]["AccessKeyId"],
        aws_secret_access_key=values["Credentials"]["SecretAccessKey"],
        aws_session_token=values["Credentials"]["SessionToken"],
        region_name=REGION,
    )
    make: Any = session.client
    return make("dynamodb", endpoint_url=stack.config.endpoint_url)


def _attacks(table: str) -> Iterator[tuple[str, dict[str, Any]]]:
    change = {
        "UpdateExpression": "SET body = :b",
        "ExpressionAttributeValues": {":b": {"S": "{}"}},
    }
    request = {"TableName": table, "Key": _KEY}
    yield "update_item", {**request, **change}
    yield "delete_item", request
    yield "batch_write_item", {"RequestItems": {table: [{"PutRequest": {"Item": _KEY}}]}}
    yield "batch_write_item", {"RequestItems": {table: [{"DeleteRequest": {"Key": _KEY}}]}}
    yield "transact_write_items", {"TransactItems": [{"Delete": request}]}
    yield "transact_write_items", {"TransactItems": [{"Update": {**request, **change}}]}
    yield "execute_statement", {"Statement": f"DELETE FROM \"{table}\" WHERE subject = 'test/watched'"}
    yield "delete_table", {"TableName": table}


def test_PRI_31_no_role_can_change_or_remove_an_entry(stack: Stack) -> None:
    table = stack.described["tables"]["ledger"]
    allowed = []
    for function in calls.functions(stack):
        client = _as(stack, function)
        for name, request in _attacks(table):
            try:
                getattr(client, name)(**request)
            except ClientError as refused:
                if refused.response["Error"]["Code"].startswith("AccessDenied"):
                    continue
            allowed.append(f"{function.name} {name}")

    assert allowed == []


@pytest.mark.parametrize("kind", ["changed", "removed"])
def test_PRI_31_a_change_or_removal_of_an_entry_raises_the_alarm(stack: Stack, kind: str) -> None:
    """A stream may give a record twice, so the alarm is counted at least once."""
    key = {**_KEY, "subject": {"S": f"{kind}/watched"}}
    dynamodb, since = aws.client(stack.config, "dynamodb"), int(time.time() * 1000)
    before = _alarms(stack, since)
    table = _put_entry(stack, key)
    if kind == "changed":
        change = {"UpdateExpression": "SET body = :b", "ExpressionAttributeValues": {":b": {"S": "{}"}}}
        dynamodb.update_item(TableName=table, Key=key, **change)
    else:
        dynamodb.delete_item(TableName=table, Key=key)

    eventually(lambda: _said(stack, since, f'"kind":"{kind}"'))
    assert _alarms(stack, since) > before


def _put_entry(stack: Stack, key: dict[str, Any]) -> str:
    """Put a row as the API's role, which may do that. Return the table."""
    table = str(stack.described["tables"]["ledger"])
    api = next(function for function in calls.functions(stack) if function.name == "api")
    _as(stack, api).put_item(TableName=table, Item=key)
    return table


def _alarms(stack: Stack, since: int) -> int:
    """Return how often the metric behind the alarm was counted."""
    return _said(stack, since, '"LedgerTampered":')


def _said(stack: Stack, since: int, text: str) -> int:
    """Return how many lines of the watching function hold a text."""
    logs = aws.client(stack.config, "logs")
    try:
        events = logs.filter_log_events(logGroupName=_WATCH, startTime=since)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return 0
    return sum(text in event["message"] for event in events)
