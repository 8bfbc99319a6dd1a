#!/usr/bin/env bash
# Two emulators of AWS each forget a token of idempotency, and not the same one.
# moto ignores a DynamoDB transaction's token: the same request, sent again, counts twice. ministack keeps it.
# ministack ignores the token of a secret's version: another value replaces the first. moto refuses it.
# AWS documents both: a transaction is carried out once in 10 minutes, and a secret's version never changes.
# Why it matters: a test of "sent again after a lost answer" passes or fails by the emulator, not by the code.
# What to do: test each token on the emulator that keeps it, and check that the token was sent on the other.
set -euo pipefail
folder=$(mktemp -d)
server=""
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap finish EXIT
for engine in moto ministack; do
    python3 -m venv "$folder/$engine"
done
"$folder/moto/bin/pip" install --quiet --disable-pip-version-check \
    "moto[dynamodb,secretsmanager]==5.2.5" boto3==1.44.5 botocore==1.44.5
"$folder/ministack/bin/pip" install --quiet --disable-pip-version-check ministack==1.5.33

cat >"$folder/probe.py" <<'PYTHON'
import os
import sys
import time
import urllib.request
from contextlib import nullcontext
from importlib.metadata import version

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

changed = []
engine, release, address = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None
TOKEN = "00000000-0000-4000-8000-000000000001"


def show(what, seen, recorded):
    print(f"  {what}: {seen}")
    if seen != recorded:
        changed.append(f"{what}: recorded was {recorded}")


def client(service):
    return boto3.client(service, endpoint_url=address, config=Config(proxies={}))


def await_server():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(60):
        try:
            opener.open(f"{address}/_ministack/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    sys.exit("ministack did not start")


def counted_after_two_sends():
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="counters",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    )
    count = {
        "TableName": "counters",
        "Key": {"key": {"S": "leads"}},
        "UpdateExpression": "ADD taken :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    for _ in range(2):
        dynamodb.transact_write_items(ClientRequestToken=TOKEN, TransactItems=[{"Update": count}])
    return dynamodb.get_item(TableName="counters", Key={"key": {"S": "leads"}})["Item"]["taken"]["N"]


def secret_after_another_value():
    secrets = client("secretsmanager")
    secrets.create_secret(Name="example", SecretString="none yet")
    secrets.put_secret_value(SecretId="example", SecretString="first", ClientRequestToken=TOKEN)
    try:
        secrets.put_secret_value(SecretId="example", SecretString="second", ClientRequestToken=TOKEN)
        answer = "accepted"
    except ClientError as error:
        answer = error.response["Error"]["Code"]
    return answer, secrets.get_secret_value(SecretId="example", VersionId=TOKEN)["SecretString"]


if engine == "moto":
    from moto import mock_aws as running
    recorded = "2", ("ResourceExistsException", "first")
else:
    running = nullcontext
    await_server()
    recorded = "1", ("accepted", "second")
print(f"{engine} {release}, boto3 {version('boto3')}")
with running():
    show("DynamoDB, counted after one transaction was sent twice", counted_after_two_sends(), recorded[0])
    show("Secrets Manager, another value for the same version", secret_after_another_value(), recorded[1])
if changed:
    sys.exit("The behaviour changed.\n" + "\n".join(changed))
PYTHON

export HOME="$folder"
release() {
    "$folder/$1/bin/python" -c "from importlib.metadata import version; print(version('$1'))"
}
ask() {
    "$folder/moto/bin/python" "$folder/probe.py" "$1" "$(release "$1")" "${@:2}"
}
ask moto

port=$("$folder/moto/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
GATEWAY_PORT=$port BIND_HOST=127.0.0.1 IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 STATE_DIR="$folder/state" \
    "$folder/ministack/bin/ministack" >"$folder/log" 2>&1 &
server=$!
ask ministack "http://127.0.0.1:$port"
