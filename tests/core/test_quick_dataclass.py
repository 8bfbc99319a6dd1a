"""Frozen values that are made and read quickly (B3)."""

import threading
from dataclasses import replace

from chalicelib.core.quick_dataclass import cached_value, dataclass


@dataclass(frozen=True)
class _Basket:
    pieces: int
    price: int = 2

    @cached_value
    def total(self) -> int:
        """Return the sum."""
        _worked_out.append(self.pieces)
        return self.pieces * self.price


_worked_out: list[int] = []


def test_B3_a_cached_value_is_worked_out_once_for_each_instance() -> None:
    _worked_out.clear()
    basket, other = _Basket(3), _Basket(4)
    assert (basket.total, basket.total, other.total) == (6, 6, 8)
    assert _worked_out == [3, 4]


def test_B3_a_copy_with_other_fields_has_a_value_of_its_own() -> None:
    basket = _Basket(3)
    assert (basket.total, replace(basket, pieces=5).total) == (6, 10)


def test_B3_a_cached_value_counts_neither_for_equality_nor_for_the_hash() -> None:
    read, unread = _Basket(3), _Basket(3)
    assert read.total == 6
    assert read == unread
    assert hash(read) == hash(unread)


def test_B3_a_value_that_takes_long_keeps_no_other_instance_waiting() -> None:
    begun, may_end = threading.Event(), threading.Event()

    class Row:
        def __init__(self, name: str) -> None:
            self.name = name

        @cached_value
        def read(self) -> str:
            if self.name == "slow":
                begun.set()
                assert may_end.wait(30)
            return self.name

    slow = Row("slow")
    thread = threading.Thread(target=lambda: slow.read)
    thread.start()
    try:
        assert begun.wait(30)
        other = Row("quick")
        reader = threading.Thread(target=lambda: other.read)
        reader.start()
        reader.join(30)
        assert not reader.is_alive()
        assert other.read == "quick"
    finally:
        may_end.set()
        thread.join()
