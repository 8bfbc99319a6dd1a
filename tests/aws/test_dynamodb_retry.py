"""Retries after a cancelled write."""

from collections.abc import Callable

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.errors import NotFound, Unavailable


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the pauses instead of making them."""
    created: list[int] = []
    monkeypatch.setattr(clock, "backoff", created.append)
    return created


def cancelled(times: int, calls: list[int]) -> Callable[[int], str]:
    """Return an attempt that is cancelled that many times and then succeeds."""

    def attempt(number: int) -> str:
        calls.append(number)
        if len(calls) <= times:
            raise batch.Cancelled(conflict=False)
        return "done"

    return attempt


def test_a_successful_attempt_runs_once_without_a_pause(pauses: list[int]) -> None:
    calls: list[int] = []

    assert retrying(cancelled(0, calls), tries=4, message="busy") == "done"
    assert (calls, pauses) == ([0], [])


def test_a_cancelled_attempt_is_retried_after_a_pause(pauses: list[int]) -> None:
    calls: list[int] = []

    assert retrying(cancelled(3, calls), tries=4, message="busy") == "done"
    assert (calls, pauses) == ([0, 1, 2, 3], [1, 2, 3])


def test_after_the_last_try_it_raises_unavailable(pauses: list[int]) -> None:
    calls: list[int] = []

    with pytest.raises(Unavailable, match="busy"):
        retrying(cancelled(4, calls), tries=4, message="busy")
    assert (calls, pauses) == ([0, 1, 2, 3], [1, 2, 3])


def test_any_other_error_is_raised_at_once(pauses: list[int]) -> None:
    calls: list[int] = []

    def attempt(number: int) -> None:
        calls.append(number)
        raise NotFound("Not found.")

    with pytest.raises(NotFound):
        retrying(attempt, tries=4, message="busy")
    assert (calls, pauses) == ([0], [])
