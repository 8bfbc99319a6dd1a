"""Calls side by side: work on many items waits for the network most of the time (RET-15)."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, NamedTuple, TypeVar

_AT_ONCE = 8  # below the connections of the shared client (`rows.MetaDefaults`)
T = TypeVar("T")
R = TypeVar("R")


class Outcome(NamedTuple, Generic[T, R]):
    """The result of the call for one item, or its error."""

    item: T
    result: R | None = None
    error: Exception | None = None


def call_each(work: Callable[[T], R], items: Iterable[T], at_once: int = _AT_ONCE) -> list[Outcome[T, R]]:
    """Call `work` with each item, up to `at_once` at a time; return the outcomes in the order of the items.

    The error of one item does not stop the others.

    Example:
        >>> [outcome.result for outcome in call_each(len, ["a", "bb", ""])]
        [1, 2, 0]
        >>> [outcome.error is None for outcome in call_each(lambda number: 1 // number, [1, 0])]
        [True, False]
    """

    def outcome_of(item: T) -> Outcome[T, R]:
        try:
            return Outcome(item, work(item))
        except Exception as error:  # noqa: BLE001  # returned to the caller
            return Outcome(item, error=error)

    waiting = list(items)
    if len(waiting) <= 1:
        return [outcome_of(item) for item in waiting]
    with ThreadPoolExecutor(min(at_once, len(waiting))) as pool:
        return list(pool.map(outcome_of, waiting))


def result_of_each(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return the result of each call, in the order of the items. Raise the first error, after all calls have ended."""

    def wrapped(item: T) -> tuple[R]:
        return (work(item),)

    results: list[R] = []
    for outcome in call_each(wrapped, items):
        if outcome.result is None:
            raise outcome.error or RuntimeError("a call ended without result and error")
        results.append(outcome.result[0])
    return results
