"""Clients of the local stack's AWS services, with the root user of the stack; no real account is used."""

import json
from typing import Any

import boto3
from botocore.config import Config

from infra.local.stack_config import REGION, LocalStackError, StackConfig

_ROOT = "test"


def client(config: StackConfig, service: str) -> Any:
    """Return a client of `service` on this stack."""
    session = boto3.session.Session(aws_access_key_id=_ROOT, aws_secret_access_key=_ROOT, region_name=REGION)
    retries = Config(retries={"mode": "standard", "max_attempts": 3}, proxies={})
    make: Any = session.client
    return make(service, endpoint_url=config.endpoint_url, config=retries)


def credentials(config: StackConfig) -> dict[str, str]:
    """Return the environment variables with which any AWS tool uses this stack."""
    return {
        "AWS_ENDPOINT_URL": config.endpoint_url,
        "AWS_ACCESS_KEY_ID": _ROOT,
        "AWS_SECRET_ACCESS_KEY": _ROOT,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def invoke(config: StackConfig, function: str, event: dict[str, Any]) -> Any:
    """Run a function with an event and return its answer; raise LocalStackError if it fails."""
    answer = client(config, "lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    content = answer["Payload"].read()
    if "FunctionError" in answer:
        raise LocalStackError(f"{function} failed: {content.decode(errors='replace')}")
    return json.loads(content or b"null")
