#!/usr/bin/env bash
# moto says of every multipart upload that it was begun on 10 November 2010, whenever that was.
# S3 answers the instant at which the upload was begun, and a client that removes old uploads goes by it.
# Why it matters: a test of "remove uploads older than a day" removes the upload of a moment ago, and passes for it.
# What to do: test the age with an engine that dates uploads, or set the date of the answer in the test.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check "moto[s3]==5.2.5" boto3==1.44.5 botocore==1.44.5

cat >"$folder/probe.py" <<'PYTHON'
import os
import sys
from datetime import UTC, datetime
from importlib.metadata import version

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")

import boto3
from moto import mock_aws

print(f"moto {version('moto')}, boto3 {version('boto3')}")
with mock_aws():
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="example")
    s3.create_multipart_upload(Bucket="example", Key="leads.csv")
    (upload,) = s3.list_multipart_uploads(Bucket="example")["Uploads"]
begun, now = upload["Initiated"], datetime.now(UTC)
print(f"  begun a moment ago, said to be begun: {begun.isoformat()}")
print(f"  age by that answer: {(now - begun).days // 365} years")
if begun.year != 2010:
    sys.exit("The behaviour changed: moto dates the upload, recorded was 2010.")
PYTHON
export HOME="$folder"
"$folder/env/bin/python" "$folder/probe.py"
