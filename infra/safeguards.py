"""What the deployment tool makes sure of beside the template: alarms reach somebody, nothing is deleted by mistake."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infra.errors import DeploymentFailed

if TYPE_CHECKING:
    from infra.aws_cli import Aws

_ALARM_EMAIL = "AlarmEmail"
_CLIENT_NAME = "api"


def require_alarm_address(aws: "Aws", stack: str, parameters: Sequence[str]) -> None:
    """Raise DeploymentFailed unless the alarms have an address: given now, or kept from the last deployment.

    `AlarmEmail=` without an address says that there is to be none.
    """
    if _ALARM_EMAIL not in given_parameters(parameters) and not kept_parameters(aws, stack).get(_ALARM_EMAIL):
        raise DeploymentFailed(
            "nobody would get the alarms: give AlarmEmail=<address>, or AlarmEmail= for none on purpose"
        )


def protect_bucket(aws: "Aws", bucket: str) -> None:
    """Keep the bucket of packages private, and refuse requests without TLS. Repeated at every deployment."""
    blocked = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    aws.run(
        *("s3api", "put-public-access-block", "--bucket", bucket),
        *("--public-access-block-configuration", blocked),
    )
    aws.run(
        *("s3api", "put-bucket-policy", "--bucket", bucket), *("--policy", _tls_policy(bucket, aws.region))
    )


def protect_stack(aws: "Aws", stack: str) -> None:
    """Have CloudFormation refuse to delete the stack until an operator switches the protection off."""
    aws.run_quietly(
        *("cloudformation", "update-termination-protection", "--stack-name", stack),
        "--enable-termination-protection",
    )


def remove_replaced_clients(aws: "Aws", outputs: Mapping[str, str]) -> None:
    """Delete clients of the user pool that an earlier version of the template made: each is a second way in (ACC-11).

    Only clients with the template's own name are deleted.
    """
    pool = outputs["PoolId"]
    listed = aws.query("cognito-idp", "list-user-pool-clients", "--user-pool-id", pool)
    for client in listed["UserPoolClients"]:
        if client["ClientName"] == _CLIENT_NAME and client["ClientId"] != outputs["PoolClientId"]:
            named = ("--user-pool-id", pool, "--client-id", client["ClientId"])
            aws.run_quietly("cognito-idp", "delete-user-pool-client", *named)
            print("removed the replaced client of the user pool")


def tell_unconfirmed(aws: "Aws", outputs: Mapping[str, str]) -> None:
    """Print a line while nobody has confirmed to get the alarms."""
    topic = outputs["AlarmsTopic"]
    listed = aws.query("sns", "list-subscriptions-by-topic", "--topic-arn", topic)
    confirmed = [each for each in listed["Subscriptions"] if each["SubscriptionArn"].startswith("arn:")]
    if not confirmed:
        print("nobody gets the alarms yet: confirm the subscription that Amazon has mailed to AlarmEmail")


def given_parameters(parameters: Sequence[str]) -> dict[str, str]:
    """Return the parameters of this deployment, each given as NAME=VALUE."""
    return {name: value for name, _, value in (parameter.partition("=") for parameter in parameters)}


def kept_parameters(aws: "Aws", stack: str) -> dict[str, str]:
    """Return the parameters of the last deployment; empty before the first one."""
    found = aws.query_or_none("cloudformation", "describe-stacks", "--stack-name", stack)
    stacks: list[dict[str, Any]] = (found or {}).get("Stacks", [])
    return {
        parameter["ParameterKey"]: parameter.get("ParameterValue", "")
        for each in stacks[:1]
        for parameter in each.get("Parameters", [])
    }


def _tls_policy(bucket: str, region: str) -> str:
    partition = (
        "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    )
    resource = f"arn:{partition}:s3:::{bucket}"
    statement = {
        "Sid": "OnlyEncryptedTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [resource, f"{resource}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
