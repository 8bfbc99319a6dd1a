"""New ids: first the millisecond of their making, then chance."""

import os
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import clock

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@given(st.integers(min_value=0, max_value=2**48), st.binary(min_size=16, max_size=16))
def test_B3_an_id_is_a_millisecond_and_80_bits_of_chance_in_base_32(at_ms: int, chance: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: (at_ms + 0.5) / 1000)
        patch.setattr(os, "urandom", lambda size: chance[:size])
        made = clock.new_id("lead")
    kind, _, text = made.partition("_")
    number = sum(ALPHABET.index(sign) << 5 * place for place, sign in enumerate(reversed(text)))
    assert (kind, len(text), number >> 80) == ("lead", 26, at_ms)
    halves = (int.from_bytes(half, "little") % 2**40 for half in (chance[:8], chance[8:]))
    assert [number >> 40 & 2**40 - 1, number & 2**40 - 1] == list(halves)


def test_ids_sort_by_their_millisecond_and_no_two_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    instants = iter(range(1_800_000_000_000, 1_800_000_000_200))
    monkeypatch.setattr(time, "time", lambda: (next(instants) + 0.5) / 1000)
    ids = [clock.new_id("lead") for _ in range(200)]
    assert all(earlier < later for earlier, later in pairwise(ids))
    assert len({made[-16:] for made in ids}) == len(ids)
