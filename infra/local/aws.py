"""Clients of the local stack's AWS services, as its root user and never as anyone's real account."""

import json
from typing import Any

import boto3
from botocore.config import Config

from infra.local.place import REGION, LocalStackError, Place

_ROOT = "test"


def client(place: Place, service: str) -> Any:
    """Return a client of `service` on this stack."""
    session = boto3.session.Session(aws_access_key_id=_ROOT, aws_secret_access_key=_ROOT, region_name=REGION)
    config = Config(retries={"mode": "standard", "max_attempts": 3}, proxies={})
    make: Any = session.client
    return make(service, endpoint_url=place.endpoint_url, config=config)


def credentials(place: Place) -> dict[str, str]:
    """Return the environment variables that point any AWS tool at this stack."""
    return {
        "AWS_ENDPOINT_URL": place.endpoint_url,
        "AWS_ACCESS_KEY_ID": _ROOT,
        "AWS_SECRET_ACCESS_KEY": _ROOT,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def invoke(place: Place, function: str, event: dict[str, Any]) -> Any:
    """Run a function with an event and return its answer; its failure is an error."""
    answer = client(place, "lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    content = answer["Payload"].read()
    if "FunctionError" in answer:
        raise LocalStackError(f"{function} failed: {content.decode(errors='replace')}")
    return json.loads(content or b"null")
