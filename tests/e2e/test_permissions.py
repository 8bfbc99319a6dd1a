"""With IAM enforced, every function uses what its role allows and is allowed what it uses (ACC-10, quality.md)."""

import time

import pytest

from tests.e2e import calls, tour
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
FUNCTIONS = (
    "api",
    "intake",
    "after-intake",
    "after-erasure",
    "watch-ledger",
    "finish-erasures",
    "continue-jobs",
    "import-contacts",
    "import-leads",
    "seal-ledger",
    "write-exports",
)


@pytest.fixture(scope="module")
def used(stack: Stack) -> dict[str, set[Call]]:
    """Walk through everything the application does and return what each function has called."""
    tour.walk(stack)
    until = int(time.time()) + 1
    return {one.name: calls.used(stack, one, stack.started_at, until) for one in calls.functions(stack)}


def _function(stack: Stack, name: str) -> Function:
    return next(one for one in calls.functions(stack) if one.name == name)


def _assert_none(found: set[Call]) -> None:
    assert not found, "\n".join(f"{action} {resource}" for action, resource in sorted(found))


def test_these_are_all_the_functions(stack: Stack) -> None:
    assert {one.name for one in calls.functions(stack)} == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_call_is_allowed_by_name(stack: Stack, used: dict[str, set[Call]], name: str) -> None:
    _assert_none(used[name] - calls.allowed(stack, _function(stack, name)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_grant_is_used(stack: Stack, used: dict[str, set[Call]], name: str) -> None:
    granted = {
        call for call in calls.allowed(stack, _function(stack, name)) if not call[0].startswith(USED_BY_AWS)
    }
    _assert_none(granted - used[name])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_grant_is_a_wildcard(stack: Stack, name: str) -> None:
    for action, resource in calls.allowed(stack, _function(stack, name)):
        assert "*" not in action
        assert resource != "*"
