"""The AWS calls that each function made, and those its role allows: (action, resource) pairs of short names."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.local import aws
from tests.e2e.stack import Stack

Call = tuple[str, str]
_AT_ONCE = 50
_SHORTEST_S = 0.01
_BEFORE = "before-call.cloudtrail.LookupEvents"
_EVENT_NAMES = (
    *("GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem"),
    *("TransactWriteItems", "TransactGetItems", "BatchWriteItem", "DescribeTable", "GetSecretValue"),
    *("AdminCreateUser", "AdminGetUser", "AdminDisableUser", "AdminEnableUser", "AdminUserGlobalSignOut"),
    *("GetObject", "PutObject", "DeleteObject", "HeadObject", "CreateMultipartUpload", "ListObjects"),
    *("AdminUpdateUserAttributes", "AdminDeleteUser", "AdminSetUserPassword", "SendMessage"),
    *("AdminInitiateAuth", "AdminRespondToAuthChallenge", "AdminSetUserMFAPreference"),
    "DescribeUserPoolClient",
    "POST.ses",
)
_OBJECT_ACTIONS = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "ListObjects": "ListBucket",
}
_ITEM_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@dataclass(frozen=True)
class DeployedFunction:
    """A deployed function: its short name, its role, and the access key that signs its calls on this stack."""

    name: str
    role: str
    access_key: str


def functions(stack: Stack) -> list[DeployedFunction]:
    """Return the application's functions."""
    deployed = aws.client(stack.config, "lambda").list_functions()["Functions"]
    return [
        DeployedFunction(
            item["FunctionName"].removeprefix("leadwarden-local-"), item["Role"], _access_key(item)
        )
        for item in deployed
    ]


def _access_key(function: dict[str, Any]) -> str:
    """Return the key that the engine derives for a function's session of its role."""
    seed = f"{function['FunctionArn']}:{function['Role']}"
    return f"ASIA{hashlib.sha256(seed.encode()).hexdigest()[:16].upper()}"


def used(stack: Stack, function: DeployedFunction, since: int, until: int) -> set[Call]:
    """Return the calls of a function between two instants, from the engine's own trail."""
    trail = aws.client(stack.config, "cloudtrail")
    events = (
        event for name in _EVENT_NAMES for event in _events(trail, function.access_key, name, since, until)
    )
    return {call for event in events for call in _calls(event)}


def _detail(event: dict[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(event["CloudTrailEvent"])
    return detail | {"resources": [resource["ResourceName"] for resource in event["Resources"]]}


def _events(trail: Any, access_key: str, name: str, since: float, until: float) -> Iterator[dict[str, Any]]:
    """Yield a key's events of a name. A look-up returns at most fifty, so a full one is repeated in halves."""
    attributes = {"AccessKeyId": access_key, "EventName": name}
    events = _looked_up(trail, attributes, since, until)
    if len(events) < _AT_ONCE or until - since < _SHORTEST_S:
        yield from (_detail(event) for event in events)
        return
    middle = (since + until) / 2
    yield from _events(trail, access_key, name, since, middle)
    yield from _events(trail, access_key, name, middle, until)


def _looked_up(trail: Any, settings: dict[str, str], since: float, until: float) -> list[dict[str, Any]]:
    """Look up a span to the fraction of a second: the SDK sends whole seconds, which may have over fifty events."""

    def send_fractions(params: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps(json.loads(params["body"]) | {"StartTime": since, "EndTime": until})

    attributes = [{"AttributeKey": key, "AttributeValue": value} for key, value in settings.items()]
    trail.meta.events.register(_BEFORE, send_fractions)
    try:
        answer = trail.lookup_events(LookupAttributes=attributes, StartTime=since, EndTime=until)
    finally:
        trail.meta.events.unregister(_BEFORE, send_fractions)
    return list(answer["Events"])


def _calls(event: dict[str, Any]) -> Iterator[Call]:
    service = event["eventSource"].removesuffix(".amazonaws.com")
    name, request = event["eventName"], event["requestParameters"] or {}
    if service == "dynamodb":
        yield from (
            (f"dynamodb:{action}", _short(resource)) for action, resource in _table_calls(name, request)
        )
    elif service == "secretsmanager":
        secret = _short(str(request.get("SecretId")))
        yield f"secretsmanager:{name}", "service" if secret.startswith("service-") else secret
    elif service == "s3":
        yield f"s3:{_OBJECT_ACTIONS.get(name, name)}", _object(event["resources"])
    elif service == "cognito-idp" and name.startswith(("Admin", "DescribeUserPoolClient")):
        yield f"cognito-idp:{name}", "pool"
    elif service == "ses":
        yield f"ses:{request['Action']}", "identity"


def _object(resources: list[str]) -> str:
    """Return the bucket, and the folder of the object if there is one."""
    bucket, *keys = resources
    return f"{bucket}/{keys[0].split('/')[0]}" if keys else bucket


def _table_calls(name: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "TransactItems" in request:
        for item in request["TransactItems"]:
            yield from ((_ITEM_ACTIONS[kind], request["TableName"]) for kind, request in item.items())
    elif "RequestItems" in request:
        yield from ((name, table) for table in request["RequestItems"])
    elif "IndexName" in request:
        yield name, f"{request['TableName']}/index/{request['IndexName']}"
    else:
        yield name, request["TableName"]


def allowed(stack: Stack, function: DeployedFunction) -> set[Call]:
    """Return the calls that the function's role allows."""
    iam = aws.client(stack.config, "iam")
    role = function.role.rsplit("/", 1)[-1]
    policies = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    return {
        (action, _short(resource))
        for statement in statements
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
    }


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _short(resource: str) -> str:
    """Return the part of a name or ARN that identifies the table, index, secret or pool."""
    if ":userpool/" in resource:
        return "pool"
    if ":identity/" in resource:
        return "identity"
    for lead_in in (":table/", ":secret:", "arn:aws:s3:::"):
        resource = resource.rsplit(lead_in, maxsplit=1)[-1]
    short = resource.removesuffix("-??????").removesuffix("-*").removesuffix("/*").replace("/index/", "/")
    return short if "bucket-" in short else short.removeprefix("leadwarden-local-")
