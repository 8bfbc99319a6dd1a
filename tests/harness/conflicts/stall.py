"""Notices a run in which nothing happens: a caller blocks for real, on something the harness does not know."""

import sys
import threading
import time
import traceback
from collections.abc import Callable

_IDLE_SHARE = 0.01


class Stall(Exception):
    """A caller blocks for real. The message has the stack of every thread that belongs to the run."""


def wait_unless_stalled(over: threading.Lock, progress: Callable[[], int], patience_s: float) -> None:
    """Wait until a run is over. Raise Stall if it neither goes on nor computes for `patience_s` of real time.

    A slow machine is no stall: a caller that computes uses CPU.
    """
    while True:
        before, spent = progress(), time.process_time()
        if over.acquire(timeout=patience_s):
            return
        if progress() == before and time.process_time() - spent < patience_s * _IDLE_SHARE:
            raise Stall(f"no caller has gone on for {patience_s:g} seconds\n{_stacks()}")


def _stacks() -> str:
    frames = sys._current_frames()
    shown = [
        f"{thread.name}\n{''.join(traceback.format_stack(frames[thread.ident]))}"
        for thread in threading.enumerate()
        if thread.ident in frames and thread is not threading.current_thread()
    ]
    return "\n".join(shown)
