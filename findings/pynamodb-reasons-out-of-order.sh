#!/usr/bin/env bash
# pynamodb sends a transaction's actions by kind: checks, deletions, puts, updates. The order of the calls is lost.
# DynamoDB gives one reason for each action in the order sent, so `cancellation_reasons[0]` is not the first call's.
# Why it matters: "the limit is reached" and "this lead is known" change places, and the wrong refusal goes out.
# What to do: sort your own list of actions the same way before you pair it with the reasons.
# Also reported by others: issue 1284 of pynamodb/PynamoDB. moto answers here for DynamoDB, in the script's process.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
    pynamodb==6.1.0 "moto[dynamodb]==5.2.5" boto3==1.44.5 botocore==1.44.5

HOME="$folder" "$folder/env/bin/python" - <<'PYTHON'
import os
import sys
from importlib.metadata import version

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-1")

import boto3
from moto import mock_aws
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

changed = []


class Row(Model):
    class Meta:
        table_name = "rows"
        region = "us-east-1"

    key = UnicodeAttribute(hash_key=True)
    count = NumberAttribute(null=True)


def show(what, seen, recorded):
    print(f"{what}: {seen}")
    if seen != recorded:
        changed.append(f"{what}: recorded was {recorded}")


def by_pynamodb():
    """Count the lead first, which is allowed, then put it, which is not: it is there already."""
    try:
        with TransactWrite(connection=Connection(region="us-east-1")) as transaction:
            transaction.update(Row("counter"), actions=[Row.count.add(1)], condition=Row.count < 9)
            transaction.save(Row("lead"), condition=Row.key.does_not_exist())
    except TransactWriteError as error:
        return [reason.code if reason else "None" for reason in error.cancellation_reasons]
    return "no refusal"


def by_boto3():
    """The same two actions in the same order, sent as they are written."""
    client = boto3.client("dynamodb")
    update = {
        "TableName": "rows",
        "Key": {"key": {"S": "counter"}},
        "UpdateExpression": "ADD #count :one",
        "ConditionExpression": "#count < :limit",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":limit": {"N": "9"}},
    }
    put = {
        "TableName": "rows",
        "Item": {"key": {"S": "lead"}},
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": "key"},
    }
    try:
        client.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}])
    except client.exceptions.TransactionCanceledException as error:
        return [reason["Code"] for reason in error.response["CancellationReasons"]]
    return "no refusal"


print(f"pynamodb {version('pynamodb')}, moto {version('moto')}, boto3 {version('boto3')}")
print("First action: count up, allowed. Second action: put a lead that exists, refused.")
with mock_aws():
    Row.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
    Row("counter", count=1).save()
    Row("lead").save()
    show("reasons by boto3", by_boto3(), ["None", "ConditionalCheckFailed"])
    show("reasons by pynamodb", by_pynamodb(), ["ConditionalCheckFailed", "None"])
if changed:
    sys.exit("The behaviour changed.\n" + "\n".join(changed))
PYTHON
