"""Time limits that hold on a busy machine too: such a machine makes a try late by chance, and never early."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_TRIES = 12
_LONGEST_S = 300


def quickest(act: Callable[[int], T], below: float) -> tuple[T, float]:
    """Act, a few times at most, until a try takes less than `below` seconds. Return its result and its seconds."""
    for number in range(_TRIES):
        began = time.monotonic()
        result = act(number)
        if (took := time.monotonic() - began) < below:
            break
    return result, took


def happens(what: Callable[[], bool]) -> bool:
    """Wait until the condition holds, which another thread causes. Return whether it holds."""
    until = time.monotonic() + _LONGEST_S
    while not what() and time.monotonic() < until:
        time.sleep(0.01)
    return what()
