"""The SDK's quota of retries as a function has it: one for each caller, full when a process starts.

A client shares one quota among its calls. A function handles one request at a time, so in production no caller uses
up another's. In the tests one client serves a whole run, and threads stand for functions of their own.
"""

import itertools
import threading
from typing import Any

import botocore.retries.quota
from botocore.retries.quota import RetryQuota

_starts = itertools.count(1)
_started = [0]


def share_no_quota() -> None:
    """Give each thread a quota of its own, in clients made from now on."""
    module: Any = botocore.retries.quota
    module.RetryQuota = _OneForEachCaller


def fill() -> None:
    """Let every caller have its full quota, as in a fresh process."""
    _started[0] = next(_starts)


class _OneForEachCaller(RetryQuota):
    """A quota that is kept for each thread, and is full again after each start."""

    _max_capacity: int

    def __init__(self, *args: Any, **named: Any) -> None:
        self._callers = threading.local()
        super().__init__(*args, **named)

    @property
    def _available_capacity(self) -> int:
        if getattr(self._callers, "since", None) != _started[0]:
            self._callers.since, self._callers.left = _started[0], self._max_capacity
        left: int = self._callers.left
        return left

    @_available_capacity.setter
    def _available_capacity(self, left: int) -> None:
        self._callers.since, self._callers.left = _started[0], left
