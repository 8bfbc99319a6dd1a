"""Limits in rows: dealing, choosing and estimating keep every sum, over random states (CAM-10)."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.period_counts import PeriodCounts, at
from chalicelib.core.share_deals import deal_shares, is_dealt, is_withheld
from chalicelib.core.shares import (
    ALL,
    ChosenPlace,
    Measures,
    Share,
    choose_numbers,
    choose_places,
    estimate,
    has_room,
    rows_for,
    total,
    used,
    with_taken,
)
from tests.harness.profiles import LONG

NOW = 1_800_000_000
TIMES = 5 if LONG else 1
MINUTE, DAY = NOW // 60, "2027-01-15"
MONTH = "2027-01"
LIMIT = st.one_of(st.none(), st.integers(0, 400), st.sampled_from([10_000_000]))
LIMITS = st.builds(Measures, LIMIT, LIMIT, LIMIT).filter(lambda limits: limits != Measures())


@st.composite
def counts(draw: st.DrawFn) -> PeriodCounts:
    """Return what one row may have taken, in a minute up to two hours ago or a little ahead."""
    minute = MINUTE + draw(st.integers(-120, 2))
    before = draw(st.dictionaries(st.integers(1, 59), st.integers(1, 30), max_size=6))
    taken = draw(st.integers(0, 30))
    in_day = taken + draw(st.integers(0, 60))
    return PeriodCounts(
        minute,
        taken,
        {minute - distance: count for distance, count in before.items()},
        draw(st.sampled_from([DAY, DAY, "2027-01-14", "2026-12-31"])),
        in_day,
        in_day + draw(st.integers(0, 100)),
    )


@st.composite
def rows(draw: st.DrawFn) -> list[Share]:
    """Return rows of one deal, each within its shares, in different minutes."""
    limits = draw(LIMITS)
    dealt = deal_shares([], limits, 3, NOW, "UTC")
    chance = random.Random(draw(st.integers(0, 1_000_000)))
    filled = draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))
    for _ in range(draw(st.integers(0, 60))):
        number = chance.randrange(len(dealt))
        share = replace(
            dealt[number], counts=at(dealt[number].counts, NOW + 60 * chance.randrange(40), "UTC")
        )
        amounts = tuple(
            int(most is None or have < most) for most, have in zip(share.shares, used(share), strict=True)
        )
        dealt[number] = with_taken(share, amounts)
    return [_filled(share, filled, chance) for share in dealt]


def _filled(share: Share, part: float, chance: random.Random) -> Share:
    """Return the row with some of its measures used up."""
    room = [
        0 if most is None or most > 1_000 or chance.random() > part else most - have
        for most, have in zip(share.shares, used(share), strict=True)
    ]
    return with_taken(share, room)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Measures(5), 1),
        (Measures(0, 1_000, None), 1),
        (Measures(100, 50, 1_000), 5),
        (Measures(None, 100, None), 10),
        (Measures(319), 31),
        (Measures(320), 32),
        (Measures(10_000_000), 32),
    ],
)
def test_CAM_10_there_is_a_row_for_each_ten_places_of_the_least_limit(
    limits: Measures, expected: int
) -> None:
    assert rows_for(limits) == expected


@settings(max_examples=400 * TIMES, deadline=None)
@given(states=st.lists(counts(), max_size=32), limits=LIMITS, outside=st.one_of(st.none(), counts()))
def test_CAM_10_a_deal_keeps_every_count_and_no_row_is_above_its_share(
    states: list[PeriodCounts], limits: Measures, outside: PeriodCounts | None
) -> None:
    before = [Share(number, state, v=number) for number, state in enumerate(states)]

    after = deal_shares(before, limits, 7, NOW, "UTC", before=outside)

    latest = max([NOW, *(one.minute * 60 for one in [*states, *([outside] if outside else [])])])
    whole = total(at(one, latest, "UTC") for one in [*states, *([outside] if outside else [])])
    again = total(share.counts for share in after)
    assert _minutes(again) == _minutes(whole)
    assert (again.in_day, again.in_month) == (whole.in_day, whole.in_month)
    needed = after[: rows_for(limits)]
    assert is_dealt(needed, limits)
    assert all(used(share) == (0, 0, 0) and not has_room(share) for share in after[len(needed) :])
    for measure, limit in enumerate(limits):
        shares = [share.shares[measure] for share in after]
        taken = [used(share)[measure] for share in needed]
        if limit is None:
            assert set(shares[: len(needed)]) == {None}
        elif sum(taken) > limit:
            assert set(shares) == {0}
        else:
            assert sum(share or 0 for share in shares) == limit
            assert all(have <= (most or 0) for have, most in zip(taken, shares[: len(needed)], strict=True))
            assert max(shares[: len(needed)]) - min(shares[: len(needed)]) <= 1  # type: ignore[operator,type-var]


def _minutes(counts: PeriodCounts) -> dict[int, int]:
    every = {**counts.before, counts.minute: counts.taken}
    return {minute: count for minute, count in every.items() if count}


@settings(max_examples=100 * TIMES, deadline=None)
@given(states=rows(), limits=LIMITS)
def test_CAM_10_a_deal_raises_every_version(states: list[Share], limits: Measures) -> None:
    after = {share.number: share for share in deal_shares(states, limits, 9, NOW, "UTC")}

    assert {share.deal for share in after.values()} == {states[0].deal + 1}
    assert {share.of for share in after.values()} == {9}
    assert all(after[share.number].v == share.v + 1 for share in states)


@settings(max_examples=400 * TIMES, deadline=None)
@given(states=rows(), seed=st.integers(0, 1_000))
def test_CAM_10_a_place_is_found_if_and_only_if_every_measure_has_room_in_some_row(
    states: list[Share], seed: int
) -> None:
    chance = random.Random(seed)

    places = choose_places(states, chance.randrange)

    limits, whole = states[0].limits, total(share.counts for share in states)
    taken = (whole.in_hour, whole.in_day, whole.in_month)
    is_open = all(limit is None or have < limit for limit, have in zip(limits, taken, strict=True))
    assert bool(places) is is_open
    assert len(places) <= 3
    if places:
        assert (
            tuple(sum(amounts) for amounts in zip(*(place.amounts for place in places), strict=True)) == ALL
        )
        assert len({place.share.number for place in places}) == len(places)
        assert all(_is_within(place) for place in places)
        assert len(places) == 1 or not any(map(has_room, states))


def _is_within(place: ChosenPlace) -> bool:
    after = with_taken(place.share, place.amounts)
    return all(most is None or have <= most for most, have in zip(after.shares, used(after), strict=True))


@settings(max_examples=200 * TIMES, deadline=None)
@given(states=rows(), seed=st.integers(0, 1_000))
def test_CAM_20_an_estimate_is_below_each_limit_while_a_seen_row_has_room(
    states: list[Share], seed: int
) -> None:
    limits = states[0].limits
    chance = random.Random(seed)
    seen = [states[number] for number in choose_numbers(limits, None, chance.randrange)]

    guess = estimate(seen)

    if any(map(has_room, seen)):
        sums = (guess.in_hour, guess.in_day, guess.in_month)
        assert all(limit is None or have < limit for limit, have in zip(limits, sums, strict=True))
    if len(seen) == len(states):
        assert guess == total(share.counts for share in states)


@given(number=st.integers(0, 40), least=st.integers(0, 500), seed=st.integers(0, 1_000))
def test_CAM_10_the_row_just_met_is_left_out(number: int, least: int, seed: int) -> None:
    limits = Measures(least)
    chosen = choose_numbers(limits, number, random.Random(seed).randrange)

    every = set(range(rows_for(limits)))
    assert set(chosen) <= every
    assert len(set(chosen)) == len(chosen) >= 1
    assert number not in chosen or every == {0}
    assert len(chosen) == min(2, max(1, len(every - {number})))


def test_CAM_10_shares_are_withheld_until_less_is_taken_than_a_lowered_limit() -> None:
    full = [Share(0, PeriodCounts(MINUTE, 30, {}, DAY, 30, 30))]
    lowered = deal_shares(full, Measures(20, 100), 2, NOW, "UTC")

    later = [replace(share, counts=at(share.counts, NOW + 3_600, "UTC")) for share in lowered]

    assert [share.shares for share in lowered] == [Measures(0, 50), Measures(0, 50)]
    assert not is_withheld(lowered, Measures(20, 100))
    assert is_withheld(later, Measures(20, 100))
    again = deal_shares(later, Measures(20, 100), 2, NOW + 3_600, "UTC")
    assert [share.shares for share in again] == [Measures(10, 50), Measures(10, 50)]
    assert not is_withheld(again, Measures(20, 100))
