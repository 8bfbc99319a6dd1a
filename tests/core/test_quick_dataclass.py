"""Frozen values that are made and read quickly (B3), and whose classes are (B5)."""

import dataclasses
import inspect
import sys
import threading
from dataclasses import InitVar, asdict, field, replace
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import registry
from chalicelib.core.quick_dataclass import cached_value, dataclass
from chalicelib.routes import EVENT_FUNCTIONS, ROUTES


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


def _of_each_decorator() -> tuple[Any, Any]:
    """Return the same class as the standard decorator and as ours makes it, both of the same name."""

    def declare(decorated: Any) -> Any:
        class Value:
            """All kinds of fields."""

            name: str
            times: InitVar[int]
            tags: list[str] = field(default_factory=list)
            secret: str = field(default="", repr=False)
            note: str = field(default="", compare=False)
            weight: int = field(default=1, hash=False)
            width: int = field(default=0, kw_only=True)
            twice: int = field(init=False, default=0)

            def __post_init__(self, times: Any) -> None:
                self.twice = 2 * times

        return decorated(Value)

    return declare(dataclasses.dataclass(unsafe_hash=True)), declare(dataclass(frozen=True))


_STANDARD, _OURS = _of_each_decorator()
_GIVEN = st.fixed_dictionaries(
    {"name": st.sampled_from("ab"), "times": st.integers(0, 1), "tags": st.just(())},
    optional={
        "secret": st.sampled_from("ab"),
        "note": st.sampled_from("ab"),
        "weight": st.integers(0, 1),
        "width": st.integers(0, 1),
    },
)


@given(_GIVEN, _GIVEN)
def test_B5_values_are_as_the_standard_decorator_makes_them(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    standard, ours = (_STANDARD(**one), _STANDARD(**other)), (_OURS(**one), _OURS(**other))

    assert repr(ours[0]) == repr(standard[0])
    assert asdict(ours[0]) == asdict(standard[0])
    assert (ours[0] == ours[1]) == (standard[0] == standard[1])
    assert (hash(ours[0]) == hash(ours[1])) == (hash(standard[0]) == hash(standard[1]))
    assert ours[0] != standard[0]


def test_B5_a_class_is_called_as_the_standard_decorator_declares_it() -> None:
    assert str(inspect.signature(_OURS)) == str(inspect.signature(_STANDARD))
    assert _OURS.__match_args__ == _STANDARD.__match_args__
    assert _OURS("a", 1).tags is not _OURS("a", 1).tags
    with pytest.raises(
        TypeError, match=r"Value\.__init__\(\) missing 1 required positional argument: 'times'"
    ):
        _OURS("a")


def test_B5_a_method_is_made_when_it_is_first_used() -> None:
    @dataclass(frozen=True)
    class Point:
        x: int

    def made() -> list[str]:
        return [name for name, value in vars(Point).items() if inspect.isfunction(value)]

    assert made() == []
    points = [Point(1), Point(1), Point(2)]
    assert made() == ["__init__"]
    assert (points[0] == points[1], points[0] == points[2]) == (True, False)
    assert made() == ["__init__", "__eq__"]
    assert (len(set(points)), repr(points[0]).rpartition(".")[2]) == (2, "Point(x=1)")
    assert sorted(made()) == ["__eq__", "__hash__", "__init__", "__repr__"]


T = TypeVar("T")


def test_B5_a_class_makes_the_method_of_the_one_it_inherits_from() -> None:
    @dataclass(frozen=True)
    class Named(Generic[T]):
        name: T

    @dataclass(frozen=True)
    class Sized(Named[str]):
        size: int = 0

    class Grown(Sized):
        def __init__(self, name: str) -> None:
            super().__init__(name, 9)

    assert (Grown("a").size, Sized("a", 1).size, Named[str]("a").name) == (9, 1, "a")
    assert Sized("a") != Named("a")


def test_B5_methods_that_a_class_defines_are_kept() -> None:
    @dataclass(frozen=True)
    class Word:
        text: str

        def __repr__(self) -> str:
            return "a word"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Word) and other.text.lower() == self.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

    assert (repr(Word("A")), {Word("A"), Word("a")} == {Word("a")}) == ("a word", True)


def test_B5_threads_that_make_the_first_values_at_once_make_the_same() -> None:
    for _ in range(50):
        made: list[Any] = []

        @dataclass(frozen=True)
        class Point:
            x: int
            y: int = 1

        ready = threading.Barrier(4)

        def make(point: type[Any] = Point, made: list[Any] = made, ready: threading.Barrier = ready) -> None:
            ready.wait(30)
            made.append(point(3))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [(point.x, point.y) for point in made] == [(3, 1)] * 4
        assert len(set(made)) == 1


def test_B5_every_class_of_frozen_values_can_be_made() -> None:
    """A mistake in its fields shows at the first value, not at the import."""
    for module in {*(route.module for route in ROUTES.values()), *EVENT_FUNCTIONS.values()}:
        registry.load(module)
    classes = {
        value
        for name, module in sys.modules.items()
        if name.startswith("chalicelib.")
        for value in vars(module).values()
        if inspect.isclass(value) and dataclasses.is_dataclass(value)
    }

    assert len(classes) > 100
    assert [cls for cls in classes if not inspect.isfunction(cls.__init__)] == []
