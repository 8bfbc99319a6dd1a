"""Rows of limits in the store: a writer that read an earlier state takes nothing (CAM-10)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.aws.dynamodb import batch, shares
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.core.share_deals import PlaceTaken, deal_shares, give_back, place_of
from chalicelib.core.shares import ChosenPlace, Measures, Share, choose_places, share_at, total, used
from tests.factories.rows import NOW, write
from tests.harness.faults import fault, first_of_each_call, lost

COUNTER = "limits#cmp_1"
LIMITS = Measures(20, 40, None)
MOST = 10_000_000
BILLED_BYTES = 512


def dealt(limits: Measures = LIMITS, of: int = 1, now: int = NOW) -> list[Share]:
    """Deal, and return the rows as they are read afterwards."""
    write(*(shares.put(COUNTER, share) for share in deal_shares(stored(), limits, of, now, "UTC")))
    return stored()


def stored() -> list[Share]:
    """Return all rows as they are."""
    return shares.from_batch(COUNTER, range(32), batch.read(shares.keys(COUNTER, range(32)), NOW))


def take(read: Share, now: int = NOW, amounts: tuple[int, ...] = (1, 1, 1)) -> None:
    """Take a place of a row as it was read."""
    write(shares.take(COUNTER, read, ChosenPlace(share_at(read, now, "UTC"), amounts)))


COUNTS = st.dictionaries(st.integers(1, 59), st.integers(1, MOST), max_size=59)


@settings(max_examples=500, deadline=None)
@given(
    before=COUNTS,
    numbers=st.tuples(*[st.integers(0, MOST)] * 3),
    limits=st.builds(Measures, *[st.none() | st.integers(0, MOST)] * 3),
    own=st.builds(Measures, *[st.none() | st.integers(0, MOST)] * 3),
)
def test_CAM_10_a_row_is_read_as_it_was_written(
    before: dict[int, int], numbers: tuple[int, int, int], limits: Measures, own: Measures
) -> None:
    minute, (taken, in_day, in_month) = NOW // 60, numbers
    earlier = {minute - distance: count for distance, count in before.items()}
    counts = PeriodCounts(minute, taken, earlier, "2023-11-14", in_day, in_month)
    share = Share(31, counts, own, limits, of=7, deal=3, v=9)

    again = shares._share(31, shares._row(COUNTER, share))

    assert again == share


def test_CAM_10_the_fullest_row_is_below_512_bytes() -> None:
    minute = NOW // 60
    counts = PeriodCounts(
        minute, MOST, {minute - distance: MOST for distance in range(1, 60)}, "2023-11-14", MOST, MOST
    )
    most = Measures(MOST, MOST, MOST)
    share = Share(31, counts, most, most, of=10**6, deal=10**6, v=10**12)

    row = shares._row(f"limits#cmp_{'x' * 26}", share).serialize()

    assert sum(len(name) + _bytes(value) for name, value in row.items()) < BILLED_BYTES


def _bytes(value: dict[str, object]) -> int:
    ((kind, content),) = value.items()
    if kind == "B":
        assert isinstance(content, bytes)
        return len(content)
    return len(str(content))  # more than a number takes


needs_store = pytest.mark.usefixtures("aws")


@needs_store
def test_CAM_10_places_of_the_minute_that_was_read_add_up() -> None:
    first, _ = dealt()

    for _ in range(3):
        take(first)  # three leads that read the row before any of them wrote

    assert used(stored()[0]) == (3, 3, 3)
    assert stored()[0].v == first.v + 3


@needs_store
def test_CAM_10_the_last_place_of_a_row_is_taken_once() -> None:
    for _ in range(9):
        take(dealt_once()[0])
    read = stored()[0]

    take(read)
    with pytest.raises(batch.Cancelled):
        take(read)

    assert used(stored()[0]) == (10, 10, 10)


def dealt_once() -> list[Share]:
    """Return the rows, dealt if nothing was."""
    return stored() or dealt()


@needs_store
@pytest.mark.parametrize("amounts", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1)])
def test_CAM_10_one_measure_alone_can_be_taken(amounts: tuple[int, int, int]) -> None:
    take(dealt()[0], amounts=amounts)
    take(stored()[0], NOW + 60, amounts=amounts)

    assert used(stored()[0]) == tuple(2 * amount for amount in amounts)


@needs_store
@pytest.mark.parametrize("later", [0, 60], ids=["same minute", "next minute"])
@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param(lambda: take(stored()[0], NOW + 60), id="a new minute"),
        pytest.param(lambda: dealt(Measures(24, 40, None), of=2), id="other limits"),
        pytest.param(dealt, id="another deal"),
    ],
)
def test_CAM_10_a_writer_with_an_earlier_state_takes_nothing(
    meanwhile: Callable[[], object], later: int
) -> None:
    read = dealt()[0]
    take(read)
    meanwhile()
    before = stored()

    with pytest.raises(batch.Cancelled):
        take(read, NOW + later)

    assert stored() == before


@needs_store
def test_CAM_10_without_the_number_of_the_deal_a_row_would_pass_its_share() -> None:
    dealt()
    for _ in range(10):
        take(stored()[0])
    take(stored()[1], NOW + 60)
    read = stored()[1]  # nothing in the minutes before, so the row may have ten in this minute
    dealt(now=NOW + 60)  # the same limits, but five of the minute before are now in this row
    for _ in range(5):
        take(stored()[1], NOW + 60)

    with pytest.raises(batch.Cancelled):
        take(read, NOW + 60)
    full = used(stored()[1])
    write(shares.take(COUNTER, replace(read, deal=2), ChosenPlace(read)))

    assert (full[0], used(stored()[1])[0]) == (10, 11)


@needs_store
def test_CAM_10_two_deals_at_once_are_one() -> None:
    read = stored()
    one, other = (
        deal_shares(read, limits, of, NOW, "UTC") for of, limits in ((1, LIMITS), (2, Measures(400)))
    )

    write(*(shares.put(COUNTER, share) for share in one))
    with pytest.raises(batch.Cancelled):
        write(*(shares.put(COUNTER, share) for share in other))

    assert {share.of for share in stored()} == {1}


@needs_store
def test_CAM_10_a_lost_answer_of_a_deal_is_found_in_the_rows() -> None:
    with fault(lost, on={"TransactWriteItems"}, when=first_of_each_call), pytest.raises(batch.Cancelled):
        dealt()

    assert [share.shares for share in stored()] == [Measures(10, 20, None)] * 2


@needs_store
def test_CAM_10_a_measure_without_a_limit_has_no_condition() -> None:
    read = dealt(Measures(None, 5, None))[0]

    for _ in range(5):
        take(read)
    with pytest.raises(batch.Cancelled):
        take(read)

    assert used(stored()[0]) == (5, 5, 5)


@needs_store
def test_CAM_10_a_place_from_several_rows_is_given_back_to_rows_that_hold_it() -> None:
    dealt(Measures(20, 20, None))
    for _ in range(10):
        take(stored()[0], amounts=(1, 0, 0))
        take(stored()[1], amounts=(0, 1, 0))
    places = choose_places(stored(), lambda below: 0)
    read = {share.number: share for share in stored()}
    write(*(shares.take(COUNTER, read[place.share.number], place) for place in places))
    noted = place_of(places)
    before = total(share.counts for share in stored())

    write(*(shares.put(COUNTER, share) for share in give_back(stored(), noted)))

    after = total(share.counts for share in stored())
    assert len(places) == 2
    assert isinstance(noted, PlaceTaken)
    assert (before.in_hour, before.in_day, before.in_month) == (11, 11, 1)
    assert (after.in_hour, after.in_day, after.in_month) == (10, 10, 0)
