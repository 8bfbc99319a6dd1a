"""Lists of limited length."""

from collections.abc import Iterator

from chalicelib.core.chunks import chunks


def test_items_are_yielded_in_order_and_the_last_chunk_may_be_short() -> None:
    assert list(chunks("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(chunks("abcd", 2)) == [["a", "b"], ["c", "d"]]
    assert list(chunks([], 2)) == []


def test_a_chunk_takes_only_the_items_it_needs() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(10):
            taken.append(item)
            yield item

    assert next(chunks(items(), 3)) == [0, 1, 2]
    assert taken == [0, 1, 2]
