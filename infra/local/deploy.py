"""Package the application and deploy it to the local stack, with the same template as on AWS."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local import aws, ttl
from infra.local.stack_config import ROOT, STAGE, LocalStackError, StackConfig

STACK = f"leadwarden-{STAGE}"
SENDER = "leadwarden@example.com"
_BUCKET = f"leadwarden-{STAGE}-artifacts"
_CODE_KEYS = ("CodeUri", "ContentUri")
_DEPLOY_S = 600


@dataclass(frozen=True)
class Deployed:
    """A deployed stack: its outputs, and the physical name of each resource by logical id."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    template: Mapping[str, Any]
    parameters: Mapping[str, str]

    def of_type(self, kind: str) -> dict[str, str]:
        """Return the physical name of each resource of one CloudFormation type, by logical id."""
        return {
            name: self.resources[name]
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind and name in self.resources
        }


def package(build: Path) -> None:
    """Build template.json and its archives into `build`; unchanged libraries are not built again."""
    command = [sys.executable, "-m", "infra.package", "--stage", STAGE, "--out", str(build)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalStackError(f"Packaging failed:\n{done.stderr.strip() or done.stdout.strip()}")


def deploy(config: StackConfig, build: Path) -> Deployed:
    """Create or update the stack from a package; return it with time to live on and the sender verified."""
    template = json.loads((build / "template.json").read_text(encoding="utf-8"))
    template_url = _uploaded(config, build, template)
    deployed = _update_stack(config, template, template_url, _known_api_url(config))
    if _known_api_url(config) != deployed.parameters["ApiUrl"]:
        deployed = _update_stack(config, template, template_url, _known_api_url(config))
    ttl.ensure(config, template, deployed.resources)
    aws.client(config, "ses").verify_email_identity(EmailAddress=SENDER)
    return deployed


def _update_stack(
    config: StackConfig, template: Mapping[str, Any], template_url: str, known_api_url: str
) -> Deployed:
    cloudformation = aws.client(config, "cloudformation")
    parameters = {
        "PoolKeysBase": config.endpoint_url,
        "ErasureSchedule": "rate(1 minute)",
        "MissedLeadsSchedule": "rate(1 minute)",
        "SealSchedule": "rate(1 minute)",
        "RetirementSchedule": "rate(1 minute)",
        "MailFrom": SENDER,
        "PlainTransport": "taken",
        "ApiUrl": known_api_url,
    }
    request = {
        "StackName": STACK,
        "TemplateURL": template_url,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    if _status(cloudformation) is None:
        cloudformation.create_stack(**request)
    else:
        _update(cloudformation, request)
    return _finished(cloudformation, template, parameters)


def _known_api_url(config: StackConfig) -> str:
    """Return the API's address, empty before the first deployment."""
    try:
        found = aws.client(config, "cloudformation").describe_stack_resource(
            StackName=STACK, LogicalResourceId="RestAPI"
        )
    except ClientError:
        return ""
    return _api_url(config, found["StackResourceDetail"]["PhysicalResourceId"])


def _uploaded(config: StackConfig, build: Path, template: Mapping[str, Any]) -> str:
    """Upload each archive under its digest, then the template that names them, and return its address."""
    store = aws.client(config, "s3")
    if _BUCKET not in {bucket["Name"] for bucket in store.list_buckets()["Buckets"]}:
        store.create_bucket(Bucket=_BUCKET)
    copy: dict[str, Any] = json.loads(json.dumps(template))
    sent: dict[str, dict[str, str]] = {}
    for resource in copy["Resources"].values():
        properties = resource.get("Properties", {})
        for key in _CODE_KEYS:
            if isinstance(properties.get(key), str):
                archive = properties[key]
                sent[archive] = sent.get(archive) or _upload(store, (build / archive).read_bytes(), "zip")
                properties[key] = sent[archive]
    key = _upload(store, json.dumps(copy).encode(), "json")["Key"]
    return f"{config.endpoint_url}/{_BUCKET}/{key}"


def _upload(store: Any, content: bytes, ending: str) -> dict[str, str]:
    key = f"{hashlib.sha256(content).hexdigest()}.{ending}"
    try:
        store.head_object(Bucket=_BUCKET, Key=key)
    except ClientError:
        store.put_object(Bucket=_BUCKET, Key=key, Body=content)
    return {"Bucket": _BUCKET, "Key": key}


def _update(cloudformation: Any, request: Mapping[str, Any]) -> None:
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def _status(cloudformation: Any) -> str | None:
    try:
        return str(cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"])
    except ClientError:
        return None


def _finished(cloudformation: Any, template: Mapping[str, Any], parameters: Mapping[str, str]) -> Deployed:
    deadline = time.monotonic() + _DEPLOY_S
    while (_status(cloudformation) or "").endswith("IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise LocalStackError("The deployment does not end; see make logs")
        time.sleep(0.1)
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise LocalStackError(f"The deployment failed ({stack['StackStatus']}):\n{_failures(cloudformation)}")
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return Deployed(
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        resources={resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources},
        template=template,
        parameters=parameters,
    )


def _failures(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "\n".join(
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed
    )


def api_url(config: StackConfig, deployed: Deployed) -> str:
    """Return the API's address in a form that every program resolves, without the version."""
    return _api_url(config, deployed.resources["RestAPI"])


def _api_url(config: StackConfig, api_id: str) -> str:
    return f"{config.endpoint_url}/_aws/execute-api/{api_id}/api"
