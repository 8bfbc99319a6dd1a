#!/usr/bin/env bash
# ministack tries a failed function again for one kind of asynchronous event, and not for another.
# A function that fails is run three times when it is invoked by request, as AWS documents. When a rule of EventBridge
# invokes it, it is run once. AWS runs it three times there as well: EventBridge invokes functions asynchronously.
# Why it matters: a scheduled function that dies is never seen to go on, and its repeated event is never tested.
# What to do: do not take one kind of event for the other; have the emulator's rules use its asynchronous invocation.
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
for name in client engine; do
    python3 -m venv "$folder/$name"
done
"$folder/client/bin/pip" install --quiet --disable-pip-version-check boto3==1.44.5 botocore==1.44.5
"$folder/engine/bin/pip" install --quiet --disable-pip-version-check ministack==1.5.33

cat >"$folder/probe.py" <<'PYTHON'
import io
import json
import os
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")

import boto3
from botocore.config import Config

address, folder = sys.argv[1], Path(sys.argv[2])
RECORDED = {"by request": 3, "by a rule": 1}
CODE = """
import os

def run(event, context):
    with open(os.environ["RUNS"], "a") as runs:
        runs.write("x")
    raise RuntimeError("this function always fails")
"""


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


def create_function(name):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("example.py", CODE)
    return client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/example",
        Handler="example.run",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"RUNS": str(folder / name)}},
    )["FunctionArn"]


def runs(name):
    path = folder / name
    return len(path.read_text()) if path.exists() else 0


def await_no_more(names):
    """Wait until each has run, and then for longer than the pauses of the emulator (1 and 2 seconds)."""
    deadline = time.monotonic() + 60
    while not all(map(runs, names)):
        if time.monotonic() > deadline:
            sys.exit("a function was not invoked at all")
        time.sleep(0.2)
    time.sleep(12)


await_server()
create_function("requested")
arn = create_function("ruled")
client("lambda").invoke(FunctionName="requested", InvocationType="Event", Payload=b"{}")
events = client("events")
events.put_rule(Name="example", EventPattern=json.dumps({"source": ["example"]}))
events.put_targets(Rule="example", Targets=[{"Id": "function", "Arn": arn}])
events.put_events(Entries=[{"Source": "example", "DetailType": "example", "Detail": "{}"}])
await_no_more(("requested", "ruled"))
seen = {"by request": runs("requested"), "by a rule": runs("ruled")}
for how, count in seen.items():
    print(f"  a function that always fails, invoked {how}: run {count} times")
if seen != RECORDED:
    sys.exit(f"The behaviour changed. Recorded was {RECORDED}")
PYTHON

export HOME="$folder"
"$folder/engine/bin/python" -c "from importlib.metadata import version; print('ministack', version('ministack'))"
port=$("$folder/client/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
GATEWAY_PORT=$port BIND_HOST=127.0.0.1 IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 STATE_DIR="$folder/state" \
    "$folder/engine/bin/ministack" >"$folder/log" 2>&1 &
server=$!
"$folder/client/bin/python" "$folder/probe.py" "http://127.0.0.1:$port" "$folder"
