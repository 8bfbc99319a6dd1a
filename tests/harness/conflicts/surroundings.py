"""The surroundings of our code in simulated time: clock, pauses, randomness, pools of threads. All else is real.

Replaced are modules of the standard library, where our code and botocore use them: `time`, `os`, `secrets` and the
source of chance in `chalicelib/clock.py`, `time` in `botocore.endpoint` (pauses between attempts),
`ThreadPoolExecutor` in `chalicelib/aws/side_by_side.py`. No function of ours is replaced.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.endpoint

from chalicelib import clock
from chalicelib.aws import side_by_side
from tests.harness.conflicts.time_line import Caller, TimeLine
from tests.harness.faults import Crash


class SimulatedPool:
    """A pool of threads whose threads are callers."""

    def __init__(self, line: TimeLine, size: int) -> None:
        self._line, self._size = line, size

    def __enter__(self) -> "SimulatedPool":
        return self

    def __exit__(self, *_: object) -> None:
        """All work has ended with `map`."""

    def map(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Return the result of each call, in the order of the items. A killed thread kills its caller, too."""
        waiting = list(enumerate(items))
        results: dict[int, Any] = {}

        def go_on() -> None:
            while waiting:
                number, item = waiting.pop(0)
                results[number] = work(item)

        callers: list[Caller] = [
            self._line.start(go_on, name="side by side") for _ in range(min(self._size, len(waiting)))
        ]
        self._line.wait(callers)
        if any(caller.is_killed for caller in callers):
            raise Crash("a call side by side")
        return [results[number] for number in sorted(results)]


@contextmanager
def simulated(line: TimeLine, seed: int) -> Iterator[None]:
    """Let our code live in simulated time, with randomness by the seed."""
    chance = random.Random(f"{seed} code")
    times = SimpleNamespace(time=lambda: line.now, monotonic=lambda: line.now - line.begin, sleep=line.sleep)
    secrets, system = SimpleNamespace(token_bytes=chance.randbytes), SimpleNamespace(urandom=chance.randbytes)
    state = random.getstate()
    random.seed(f"{seed} botocore")
    with ExitStack() as patched:
        patched.enter_context(patch.object(clock, "time", times))
        patched.enter_context(patch.object(clock, "secrets", secrets))
        patched.enter_context(patch.object(clock, "os", system))
        patched.enter_context(patch.object(clock, "_chance", chance))
        patched.enter_context(patch.object(botocore.endpoint, "time", times))
        patched.enter_context(patch.object(side_by_side, "ThreadPoolExecutor", _pool_of(line)))
        yield
    random.setstate(state)


def _pool_of(line: TimeLine) -> Callable[[int], Any]:
    """Return what makes a pool: of callers in a run, of real threads outside of one."""

    def pool(size: int) -> Any:
        return SimulatedPool(line, size) if line.is_caller() else ThreadPoolExecutor(size)

    return pool
