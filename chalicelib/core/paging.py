"""Pages of lists: the items, and the position to continue from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict

from typing_extensions import TypeVar

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
