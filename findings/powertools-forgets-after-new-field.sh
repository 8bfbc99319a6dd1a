#!/usr/bin/env bash
# Powertools builds its idempotency key from a pydantic model's full dump, also of fields the message never named.
# A new optional field with a default therefore changes the key of every message, though no message changed.
# Why it matters: a message that comes again after a deployment is carried out again, so a lead goes out twice.
# What to do: name what identifies the message, with `event_key_jmespath`, or pass the raw message and not a model.
# moto answers here for DynamoDB, in the script's process.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
    aws-lambda-powertools==3.37.0 pydantic==2.14.3 "moto[dynamodb]==5.2.5" boto3==1.44.5 botocore==1.44.5

HOME="$folder" "$folder/env/bin/python" - <<'PYTHON'
import os
import sys
import warnings
from importlib.metadata import version

for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_"))]:
    del os.environ[name]
os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-1")
warnings.filterwarnings("ignore", message="Couldn't determine the remaining time left")

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from moto import mock_aws
from pydantic import BaseModel

changed = []
MESSAGE = '{"id": "lead-1", "phone": "+12025550150"}'


class Before(BaseModel):
    id: str
    phone: str


class After(Before):
    note: str | None = None


def show(what, seen, recorded):
    print(f"{what}: {seen}")
    if seen != recorded:
        changed.append(f"{what}: recorded was {recorded}")


def runs(take, settings, *models):
    """Take the same message once with each model, as after a deployment, and count how often it is carried out."""
    done = []
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="seen",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        for model in models:

            @idempotent_function(
                data_keyword_argument="lead",
                persistence_store=DynamoDBPersistenceLayer(table_name="seen"),
                config=IdempotencyConfig(**settings),
                key_prefix="deliver",
            )
            def deliver(lead):
                done.append(lead)
                return {"delivered": True}

            deliver(lead=take(model))
    return len(done)


def as_model(model):
    return model.model_validate_json(MESSAGE)


def as_mapping(model):
    return model.model_validate_json(MESSAGE).model_dump(exclude_unset=True)


print(f"aws-lambda-powertools {version('aws-lambda-powertools')}, pydantic {version('pydantic')}, moto {version('moto')}")
print(f"The message, taken twice: {MESSAGE}")
by_id = {"event_key_jmespath": "id"}
show("carried out, same model twice", runs(as_model, {}, Before, Before), 1)
show("carried out, a field with a default added in between", runs(as_model, {}, Before, After), 2)
show("the same, only what the message named is passed", runs(as_mapping, {}, Before, After), 1)
show("the same, with event_key_jmespath", runs(as_model, by_id, Before, After), 1)
if changed:
    sys.exit("The behaviour changed.\n" + "\n".join(changed))
PYTHON
