"""Workers of the functions: a bounded number of each function, and further calls wait for one.

ministack starts a process for each call that finds no idle one. Sixty-four calls at once would start as many, and none
of them would be ready within the time limit of its function. Here a call waits, and its time limit begins with its
turn. AWS has room for all of them, so a call that waits is no difference in what is answered.

A function that invokes itself would wait for its own place. Ours invoke no function (no role allows it).
"""

import threading
from typing import Any

AT_ONCE = 4


def bound_workers(functions: Any) -> None:
    """Make ministack's Lambda run at most AT_ONCE calls of a function at a time."""
    execute = functions._execute_function_warm  # noqa: SLF001
    looking, places = threading.Lock(), dict[str, threading.BoundedSemaphore]()

    def place_of(function: dict[str, Any]) -> threading.BoundedSemaphore:
        name = (function.get("config") or function).get("FunctionName", "")
        with looking:
            return places.setdefault(name, threading.BoundedSemaphore(AT_ONCE))

    def in_turn(function: dict[str, Any], event: Any, request_id: str) -> Any:
        with place_of(function):
            return execute(function, event, request_id)

    functions._execute_function_warm = in_turn  # noqa: SLF001
