"""Simulated time: callers are threads, and only one of them runs at any moment.

A caller runs until it sleeps or waits. Then the caller or event with the earliest instant comes next, in the order in
which they were entered. Computing takes no simulated time. So a run depends on nothing but its callers' own choices.

    line = TimeLine(1_800_000_000)
    line.start(lambda: line.sleep(3))
    line.run()
    assert line.now == 1_800_000_003
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable
from typing import Any

from tests.harness.conflicts.stall import wait_unless_stalled
from tests.harness.faults import Crash

Act = Callable[[], object]
_END_S = 1


class Stopped(BaseException):
    """The run is over: this caller ends here."""


class Deadlock(Exception):
    """Callers wait for each other, and nothing else will happen."""


class UnknownThread(Exception):
    """A thread that is no caller wants to sleep or to wait during a run."""


class Caller:
    """One caller: what it does, and whether it has ended. A killed caller has a `Crash` as its error."""

    def __init__(self, work: Act, name: str) -> None:
        self.work, self.name = work, name
        self.result: Any = None
        self.error: BaseException | None = None
        self.has_begun = self.has_ended = self.is_stopped = False
        self.turn = _closed()
        self.watchers: list[_Wait] = []

    @property
    def is_killed(self) -> bool:
        """Return whether the caller was killed."""
        return isinstance(self.error, Crash)


class TimeLine:
    """The present instant, and everything that will happen after it."""

    def __init__(self, begin: float, patience_s: float = 60) -> None:
        """Begin at an instant. A caller that blocks for real is reported after `patience_s` of real time."""
        self.begin = self.now = float(begin)
        self.switches = 0
        self._patience_s = patience_s
        self._events: list[tuple[float, int, Act | Caller]] = []
        self._numbers = itertools.count()
        self._threads = threading.local()
        self._living: dict[Caller, None] = {}
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._is_over = _closed()
        self._failure: BaseException | None = None
        self._is_running = False

    def at(self, instant: float, act: Act) -> None:
        """Let something happen at an instant. It takes no time, and it may not sleep or wait."""
        self._enter(instant, act)

    def start(self, work: Act, at: float | None = None, name: str = "caller") -> Caller:
        """Add a caller that begins at an instant, at once by default."""
        caller = Caller(work, name)
        self._living[caller] = None
        self._enter(self.now if at is None else at, caller)
        return caller

    def is_caller(self) -> bool:
        """Return whether this thread is a caller. Outside of a run no thread is one."""
        if self._me() is not None:
            return True
        if self._is_running:
            raise UnknownThread("a thread that the harness did not start calls during a run")
        return False

    def sleep(self, seconds: float) -> None:
        """Let this caller continue after some seconds. Outside of a run, they pass at once."""
        caller = self._me()
        if caller is None:
            self.is_caller()
            self.now += max(0.0, seconds)
            return
        self._enter(self.now + seconds, caller)
        self._give_way(caller)

    def wait(self, callers: Iterable[Caller]) -> None:
        """Let this caller continue when all these have ended."""
        left = [caller for caller in callers if not caller.has_ended]
        me = self._me()
        if me is None:
            raise UnknownThread("only a caller can wait for others")
        if left:
            wait = _Wait(me, len(left))
            for caller in left:
                caller.watchers.append(wait)
            self._give_way(me)

    def run(self) -> None:
        """Run until nothing is left. Raise the first error of a caller, or Deadlock; a killed caller is no error."""
        self._is_running = True
        try:
            self._pass_on()
            wait_unless_stalled(self._is_over, lambda: self.switches, self._patience_s)
            if self._failure is None and self._living:
                names = ", ".join(caller.name for caller in self._living)
                raise Deadlock(f"nothing will happen any more, and these callers wait: {names}")
        finally:
            failure = self._failure
            self._end()
        if failure is not None:
            raise failure

    def _me(self) -> Caller | None:
        return getattr(self._threads, "caller", None)

    def _enter(self, instant: float, event: Act | Caller) -> None:
        heapq.heappush(self._events, (max(instant, self.now), next(self._numbers), event))

    def _give_way(self, caller: Caller) -> None:
        if not caller.is_stopped and not self._pass_on(caller):
            caller.turn.acquire()
        if caller.is_stopped:
            raise Stopped

    def _pass_on(self, running: Caller | None = None) -> bool:
        """Let the next caller run. Return True if it is the running one."""
        following = self._next()
        if following is running and running is not None:
            return True
        self.switches += 1
        if following is None:
            self._is_over.release()
        elif following.has_begun:
            following.turn.release()
        else:
            self._worker().take(following)
        return False

    def _next(self) -> Caller | None:
        """Do what happens next until a caller's turn comes; None if nothing is left or the run has failed."""
        while self._events and self._failure is None:
            self.now, _, event = heapq.heappop(self._events)
            if isinstance(event, Caller):
                return event
            try:
                event()
            except BaseException as error:  # noqa: BLE001  # raised by `run`
                self._failure = error
        return None

    def _worker(self) -> "_Worker":
        if not self._idle:
            self._workers.append(_Worker(self))
            return self._workers[-1]
        return self._idle.pop()

    def _work(self, caller: Caller) -> None:
        """Do the work of a caller, in its thread."""
        self._threads.caller, caller.has_begun = caller, True
        try:
            caller.result = caller.work()
        except Crash as error:
            caller.error = error
        except BaseException as error:  # noqa: BLE001  # raised by `run`
            caller.error = error
            if not caller.is_stopped:
                self._failure = self._failure or error
        self._threads.caller, caller.has_ended = None, True
        self._living.pop(caller, None)
        for wait in caller.watchers:
            wait.left -= 1
            if not wait.left:
                self._enter(self.now, wait.caller)

    def _end(self) -> None:
        """End all threads, one after the other: the callers that are left raise Stopped."""
        for caller in self._living:
            caller.is_stopped = True
        for caller in list(self._living):
            _open(caller.turn)
        for worker in self._workers:
            worker.end()
        self._living.clear()
        self._workers.clear()
        self._idle.clear()
        self._events.clear()
        self._failure, self._is_running = None, False


class _Wait:
    """A caller that waits until some others have ended."""

    def __init__(self, caller: Caller, left: int) -> None:
        self.caller, self.left = caller, left


class _Worker:
    """A thread that does the work of one caller after another."""

    def __init__(self, line: TimeLine) -> None:
        self._line, self._turn = line, _closed()
        self._caller: Caller | None = None
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def take(self, caller: Caller) -> None:
        """Do the work of this caller."""
        self._caller = caller
        self._turn.release()

    def end(self) -> None:
        """End the thread. A thread that blocks for real is left behind."""
        if self._caller is None:
            _open(self._turn)
        self._thread.join(_END_S)

    def _go_on(self) -> None:
        line = self._line
        while True:
            self._turn.acquire()
            if self._caller is None:
                return
            caller = self._caller
            line._work(caller)
            self._caller = None
            if caller.is_stopped:
                return
            line._idle.append(self)
            line._pass_on()


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def _open(lock: threading.Lock) -> None:
    if lock.locked():
        lock.release()
