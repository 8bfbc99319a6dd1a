"""With IAM enforced, every function uses what its role allows and is allowed what it uses (ACC-10)."""

import time

import pytest

from chalicelib.routes import EVENT_FUNCTIONS
from tests.e2e import calls
from tests.e2e.calls import Call, DeployedFunction
from tests.e2e.stack import Stack
from tests.e2e.walkthrough import whole

# Calls that AWS itself makes in a function's name: write its logs, read its stream, send failures to its queue, and
# use the key for a table or a secret. The engine makes none of them with the function's role.
USED_BY_AWS = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:SendMessage",
    "kms:Decrypt",
)
# Grants that the walkthrough of an hour does not use, and why they exist; by function where one is named.
_MIGRATION = (
    "only where a campaign that looks for duplicates gets a lead while contacts are moved to another form"
)
UNREACHED = {
    "dynamodb:BatchGetItem contacts": "only while a forget order is open in the project of a lead that is read",
    "dynamodb:BatchWriteItem people": "only where a lead has more comments than one transaction removes",
    "after-intake dynamodb:ConditionCheckItem contacts": "only where an appended duplicate takes a contact away",
    "intake dynamodb:ConditionCheckItem contacts": _MIGRATION,
    "import-leads dynamodb:ConditionCheckItem contacts": _MIGRATION,
    "import-contacts dynamodb:UpdateItem contacts": "only where a row of a file has more than fifty leads",
    "intake dynamodb:PutItem counters": "a row of limits is put in a later minute than its last lead, or by a deal",
    "after-intake dynamodb:Query contacts": "a lead leaves its windows here only if forgotten, or changed by an append",
    "dynamodb:DeleteItem counters": "only a parked record that succeeds at last, or a row of a past day, is removed",
    "dynamodb:GetItem leads": "forgetting reads a lead again only where another write came between",
    "change-retention dynamodb:ConditionCheckItem leads": "only where a lead has more than ninety comments",
    "s3:PutObject imports": "the API signs the form of an upload, and the sender of the file uses it",
    "s3:AbortMultipartUpload results": "only where the writing of a result breaks off",
    "s3:AbortMultipartUpload imports": "only where an upload in parts broke off a day ago",
    "s3:ListBucketMultipartUploads imports": "called every minute; the engine's trail says ListObjects",
    "s3:ListBucket seals": "never called: with it, S3 tells an absent seal from a forbidden one",
}
FUNCTIONS = ("api", "intake", *(name.replace("_", "-") for name in EVENT_FUNCTIONS))


@pytest.fixture(scope="module")
def used(stack: Stack) -> dict[str, set[Call]]:
    """Walk through everything the application does. Return the calls of each function."""
    whole.walk(stack)
    until = int(time.time()) + 1
    return {
        function.name: calls.used(stack, function, stack.started_at, until)
        for function in calls.functions(stack)
    }


def _function(stack: Stack, name: str) -> DeployedFunction:
    return next(function for function in calls.functions(stack) if function.name == name)


def _place(resource: str) -> str:
    """Return a table's name, the folder of a bucket, or the purpose of the bucket itself."""
    if "bucket-" not in resource:
        return resource
    bucket, _, folder = resource.partition("/")
    return folder or bucket.split("-")[2].removesuffix("bucket")


def _assert_none(result: set[Call]) -> None:
    assert not result, "\n".join(f"{action} {resource}" for action, resource in sorted(result))


def test_the_list_of_functions_is_complete(stack: Stack) -> None:
    assert {function.name for function in calls.functions(stack)} == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_call_is_granted_by_name(stack: Stack, used: dict[str, set[Call]], name: str) -> None:
    _assert_none(used[name] - calls.allowed(stack, _function(stack, name)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_grant_is_used(stack: Stack, used: dict[str, set[Call]], name: str) -> None:
    granted = {
        call for call in calls.allowed(stack, _function(stack, name)) if not call[0].startswith(USED_BY_AWS)
    }
    left = {(action, place): f"{action} {_place(place)}" for action, place in granted - used[name]}
    _assert_none({call for call, text in left.items() if not {text, f"{name} {text}"} & set(UNREACHED)})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_grant_is_a_wildcard(stack: Stack, name: str) -> None:
    for action, resource in calls.allowed(stack, _function(stack, name)):
        assert "*" not in action
        assert resource != "*"
