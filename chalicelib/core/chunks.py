"""Splits a sequence into lists of limited length, and begins it at another item in each turn."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in order, in lists of `size`; the last list may be shorter.

    Example:
        >>> list(chunks("abcde", 2))
        [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def in_turn(items: Sequence[T], turn: int) -> list[T]:
    """Return the items from another one on in each turn, so that a lack of time does not always affect the same ones.

    Example:
        >>> in_turn("abc", 4), in_turn("", 4)
        (['b', 'c', 'a'], [])
    """
    first = turn % max(1, len(items))
    return [*items[first:], *items[:first]]
