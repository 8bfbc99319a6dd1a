"""The local stack's workers: a flooded function has a bounded number, and every call is answered (ACC-13)."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.engine_workers import AT_ONCE, bound_workers

CALLS = 64
PATIENCE_S = 60  # so that a bug fails the test within the time of a planted bug


class Function:
    """A function in the engine's place: it notes how many calls run at a time, and ends when it is let go."""

    def __init__(self) -> None:
        self.most = 0
        self.let_go = threading.Event()
        self._running = 0
        self._looking = threading.Condition()

    def execute(self, function: dict[str, Any], event: Any, request_id: str) -> str:
        """Run until let go, if this is the flooded function; return the id of the request."""
        if function["config"]["FunctionName"] == "flooded":
            self._count(1)
            self.let_go.wait()
            self._count(-1)
        if event == "fails":
            raise RuntimeError("this call fails")
        return request_id

    def await_running(self, count: int) -> None:
        """Return when so many calls run."""
        with self._looking:
            assert self._looking.wait_for(lambda: self._running >= count, PATIENCE_S)

    def _count(self, change: int) -> None:
        with self._looking:
            self._running += change
            self.most = max(self.most, self._running)
            self._looking.notify_all()


def bounded(function: Function) -> Any:
    """Return the engine's call of a function, bounded."""
    functions = SimpleNamespace(_execute_function_warm=function.execute)
    bound_workers(functions)
    return functions._execute_function_warm


def test_ACC_13_a_flooded_function_has_a_bounded_number_of_workers_and_answers_all() -> None:
    function, answers = Function(), list[str]()
    call = bounded(function)

    def caller(name: str, request_id: str) -> threading.Thread:
        thread = threading.Thread(
            target=lambda: answers.append(call({"config": {"FunctionName": name}}, {}, request_id))
        )
        thread.start()
        return thread

    flood = [caller("flooded", str(number)) for number in range(CALLS)]
    function.await_running(AT_ONCE)
    caller("other", "other").join(PATIENCE_S)
    answered_meanwhile = list(answers)
    function.let_go.set()
    for each in flood:
        each.join(PATIENCE_S)

    assert answered_meanwhile == ["other"]
    assert sorted(answers[1:], key=int) == [str(number) for number in range(CALLS)]
    assert function.most == AT_ONCE


def test_ACC_13_a_call_that_fails_gives_its_worker_back() -> None:
    call = bounded(Function())
    for _ in range(AT_ONCE + 1):
        with pytest.raises(RuntimeError, match="this call fails"):
            call({"config": {"FunctionName": "failing"}}, "fails", "id")
