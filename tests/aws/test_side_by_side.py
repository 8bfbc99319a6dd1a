"""Calls side by side: every item is called, in order, and one error stops no other (RET-15)."""

import threading

import pytest

from chalicelib.aws.side_by_side import call_each, result_of_each


def test_RET_15_every_item_has_its_outcome_in_order() -> None:
    outcomes = call_each(lambda number: 12 // number, [3, 0, 4])
    assert [outcome.item for outcome in outcomes] == [3, 0, 4]
    assert [outcome.result for outcome in outcomes] == [4, None, 3]
    assert isinstance(outcomes[1].error, ZeroDivisionError)


def test_RET_15_calls_run_at_the_same_time() -> None:
    """Each call waits for another one: one after the other, none would ever end."""
    barrier = threading.Barrier(4, timeout=30)
    assert sorted(result_of_each(lambda _: barrier.wait(), range(4))) == [0, 1, 2, 3]


def test_RET_15_the_first_error_is_raised_after_all_calls() -> None:
    seen: list[int] = []

    def work(number: int) -> None:
        seen.append(number)
        if number == 1:
            raise ValueError("one")

    with pytest.raises(ValueError, match="one"):
        result_of_each(work, range(3))
    assert sorted(seen) == [0, 1, 2]
