"""Pages of lists: the items, and the position to continue from. A page ends by number and by bytes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Generic, TypedDict

from typing_extensions import TypeVar

from chalicelib.core.quick_dataclass import dataclass

PAGE_BYTES = 4_000_000
"""How long an answer may become. Lambda's own answer ends at 6,291,556 bytes; the rest is for the frame of a page."""

LastKey = dict[str, dict[str, str]]
"""The key of the last row that a page of a table or index has read, as DynamoDB represents it."""

T = TypeVar("T")
P = TypeVar("P", default=LastKey)


class DayPosition(TypedDict):
    """A position in a list of one or several UTC days: the day."""

    day: str


class DayRowPosition(DayPosition):
    """A position in a list of several UTC days: the last row of that day that was read; None before the first."""

    after: LastKey | None


@dataclass(frozen=True)
class Page(Generic[T, P]):
    """Some items of a list, and the position to continue from; None at the end of the list.

    A page may be short or empty and still have a next page.

    Example:
        >>> page = Page(["usr_1"], {"kind": {"S": "user"}, "id": {"S": "usr_1"}})
        >>> page.items
        ['usr_1']
        >>> page.next["id"]
        {'S': 'usr_1'}
    """

    items: Sequence[T]
    next: P | None


@dataclass
class ByteRoom:
    """The bytes that are left in a page. The first item always has room, so that a list goes on.

    Example:
        >>> room = ByteRoom(most=10)
        >>> [room.takes(6), room.takes(6), room.takes(4)]
        [True, False, False]
    """

    most: int = PAGE_BYTES
    taken: int = field(default=0, init=False)

    def takes(self, size: int) -> bool:
        """Return whether an item of this size has room; nothing has room after the first one without."""
        has_room = not self.taken or self.taken + size <= self.most
        self.taken += size
        return has_room


def cut(
    page: Page[T, P], size: Callable[[T], int], place: Callable[[T], P], most: int = PAGE_BYTES
) -> Page[T, P]:
    """Return the page, or as much of its beginning as has room in an answer. It then continues after the last item.

    `size` returns the encoded bytes of an item at most, `place` the position after it.
    """
    room = ByteRoom(most)
    for number, item in enumerate(page.items):
        if not room.takes(size(item)):
            return Page(page.items[:number], place(page.items[number - 1]))
    return page


def encoded_size(text: str) -> int:
    """Return the bytes of a text in an answer, as Lambda encodes it: once more as JSON, in ASCII.

    Example:
        >>> encoded_size('{"name":"é"}')
        21
    """
    return len(json.dumps(text)) - 2


def encoded_size_at_most(value: object) -> int:
    """Return at most how many bytes a JSON value has in an answer, in JSON as well as in a cell of a CSV."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return encoded_size(text) + 2 * text.count('"') + text.count(",") + text.count(":") + 8
