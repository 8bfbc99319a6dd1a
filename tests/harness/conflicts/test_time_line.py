"""The scheduler of the conflict harness: exact, repeatable, one caller at a time, no silent hang."""

import random
import threading

import pytest

from tests.harness.conflicts.stall import Stall
from tests.harness.conflicts.time_line import Caller, Deadlock, TimeLine, UnknownThread
from tests.harness.faults import Crash


def walk(seed: int) -> list[tuple[float, int]]:
    """Let ten callers sleep for random times. Return who ran when."""
    line, chance, seen = TimeLine(0), random.Random(seed), list[tuple[float, int]]()

    def caller(number: int) -> None:
        for _ in range(20):
            line.sleep(chance.random())
            seen.append((line.now, number))

    for number in range(10):
        line.start(lambda number=number: caller(number), chance.random())  # type: ignore[misc]
    line.run()
    return seen


def test_the_same_seed_is_the_same_run() -> None:
    assert walk(1) == walk(1)
    assert walk(1) != walk(2)


def test_instants_come_in_order_and_computing_takes_no_time() -> None:
    seen = walk(3)

    assert seen == sorted(seen)
    assert len(seen) == 200


def test_two_callers_never_run_at_once() -> None:
    line, running, most = TimeLine(0), [0], [0]

    def caller() -> None:
        for _ in range(20):
            running[0] += 1
            most[0] = max(most[0], running[0])
            sum(range(2_000))  # long enough for another thread to be let in
            running[0] -= 1
            line.sleep(0.001)

    for _ in range(8):
        line.start(caller)
    line.run()

    assert most == [1]


def test_of_one_instant_the_first_entered_is_the_first() -> None:
    line, seen = TimeLine(0), list[str]()
    line.start(lambda: seen.append("caller"), 5)
    line.at(5, lambda: seen.append("event"))
    line.start(lambda: seen.append("later"), 5)

    line.run()

    assert seen == ["caller", "event", "later"]


def test_a_caller_waits_for_those_it_has_started() -> None:
    line, seen = TimeLine(0), list[float]()

    def parent() -> None:
        children = [line.start(lambda s=s: line.sleep(s)) for s in (3, 1, 2)]  # type: ignore[misc]
        line.wait(children)
        seen.append(line.now)

    line.start(parent)
    line.run()

    assert seen == [3]


def test_a_deadlock_is_reported() -> None:
    line, callers = TimeLine(0), list[Caller]()
    for name, other in (("left", 1), ("right", 0)):
        callers.append(line.start(lambda other=other: line.wait([callers[other]]), name=name))  # type: ignore[misc]

    with pytest.raises(Deadlock, match="left, right"):
        line.run()

    assert all(caller.is_stopped for caller in callers)


def test_a_caller_that_blocks_for_real_is_reported_with_its_stack() -> None:
    line, never = TimeLine(0, patience_s=0.2), threading.Event()
    line.start(lambda: line.sleep(1))
    line.start(never.wait)

    with pytest.raises(Stall, match="in wait"):
        line.run()

    never.set()


def test_the_error_of_a_caller_ends_the_run() -> None:
    line = TimeLine(0)
    other = line.start(lambda: line.sleep(100))
    line.start(lambda: 1 // 0, 1)

    with pytest.raises(ZeroDivisionError):
        line.run()

    assert other.is_stopped


def test_an_event_that_fails_ends_the_run() -> None:
    line = TimeLine(0)
    line.at(1, lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        line.run()


def test_a_killed_caller_is_no_error() -> None:
    line = TimeLine(0)

    def die() -> None:
        raise Crash("now")

    killed, other = line.start(die), line.start(lambda: line.sleep(1))
    line.run()

    assert (killed.is_killed, other.is_killed, line.now) == (True, False, 1)


def test_a_thread_of_its_own_is_refused_during_a_run() -> None:
    line, refused = TimeLine(0), list[bool]()

    def stranger() -> None:
        with pytest.raises(UnknownThread):
            line.sleep(1)
        refused.append(True)

    def caller() -> None:
        thread = threading.Thread(target=stranger)
        thread.start()
        thread.join()

    line.start(caller)
    line.run()

    assert refused == [True]


def test_a_second_run_goes_on_from_the_end_of_the_first() -> None:
    line = TimeLine(10)
    for _ in range(2):
        line.start(lambda: line.sleep(1))
        line.run()
    line.sleep(5)

    assert line.now == 17
