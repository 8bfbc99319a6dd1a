"""With IAM enforced, every function uses what its role allows and is allowed what it uses (ACC-10)."""

import time

import pytest

from chalicelib.routes import EVENT_FUNCTIONS
from tests.e2e import calls, walkthrough
from tests.e2e.calls import Call, Function
from tests.e2e.stack import Stack

# What AWS itself does in a function's name: write its logs, read its stream, send what failed to its queue, and
# use the key on behalf of a table or a secret. The engine does none of it with the function's role.
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
# What no walk of an hour reaches, and why the grant stands all the same; of one function where it is named.
UNREACHED = {
    "after-intake dynamodb:Query contacts": "a lead leaves its windows here only if it was forgotten on its way in",
    "dynamodb:GetItem leads": "forgetting reads a lead again only where another write came between",
    "s3:PutObject imports": "the form of an upload is signed by the API and used by whoever sends the file",
    "s3:AbortMultipartUpload results": "only where the writing of a result breaks off",
    "s3:ListBucket seals": "never called: with it, S3 tells an absent seal from a forbidden one",
}
FUNCTIONS = ("api", "intake", *(name.replace("_", "-") for name in EVENT_FUNCTIONS))


@pytest.fixture(scope="module")
def used(stack: Stack) -> dict[str, set[Call]]:
    """Walk through everything the application does and return what each function has called."""
    walkthrough.walk(stack)
    until = int(time.time()) + 1
    return {one.name: calls.used(stack, one, stack.started_at, until) for one in calls.functions(stack)}


def _function(stack: Stack, name: str) -> Function:
    return next(one for one in calls.functions(stack) if one.name == name)


def _place(resource: str) -> str:
    """Return a table's name, or of a bucket the folder, or for the bucket itself what it is for."""
    if "bucket-" not in resource:
        return resource
    bucket, _, folder = resource.partition("/")
    return folder or bucket.split("-")[2].removesuffix("bucket")


def _assert_none(found: set[Call]) -> None:
    assert not found, "\n".join(f"{action} {resource}" for action, resource in sorted(found))


def test_the_list_of_functions_is_complete(stack: Stack) -> None:
    assert {one.name for one in calls.functions(stack)} == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_call_is_granted_by_name(stack: Stack, used: dict[str, set[Call]], name: str) -> None:
    _assert_none(used[name] - calls.allowed(stack, _function(stack, name)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_grant_is_used(stack: Stack, used: dict[str, set[Call]], name: str) -> None:
    granted = {
        call for call in calls.allowed(stack, _function(stack, name)) if not call[0].startswith(USED_BY_AWS)
    }
    left = {(action, place): f"{action} {_place(place)}" for action, place in granted - used[name]}
    _assert_none({one for one, said in left.items() if not {said, f"{name} {said}"} & set(UNREACHED)})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_grant_is_a_wildcard(stack: Stack, name: str) -> None:
    for action, resource in calls.allowed(stack, _function(stack, name)):
        assert "*" not in action
        assert resource != "*"
