"""The tree that seals a day of the ledger."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audit.domain import GENESIS, Seal, canonical_bytes, leaf_of, path_of, root_along, root_of
from chalicelib.core.access import SYSTEM
from chalicelib.ledger.domain import entries as ledger_entries

leaves_of = st.lists(st.binary(min_size=1, max_size=8).map(leaf_of), min_size=1, max_size=40, unique=True)


def test_PRI_32_an_empty_day_has_its_own_root() -> None:
    assert root_of([]) == hashlib.sha256(b"").hexdigest()


@given(leaves_of, st.data())
def test_PRI_32_every_entry_is_proved_by_its_path(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))

    assert root_along(leaves[index], path_of(leaves, index)) == root_of(leaves)


@given(leaves_of, st.data())
def test_PRI_32_any_change_of_the_entries_changes_the_root(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    flipped = [*leaves[:index], leaf_of(leaves[index].encode()), *leaves[index + 1 :]]
    dropped = leaves[:index] + leaves[index + 1 :]

    assert root_of(leaves) not in {root_of(flipped), root_of(dropped), root_of(leaves[:-1])}
    if len(leaves) > 1:
        assert root_of(leaves[::-1]) != root_of(leaves)


def test_PRI_32_a_node_cannot_pass_for_a_leaf() -> None:
    left, right = leaf_of(b"a"), leaf_of(b"b")

    assert leaf_of(bytes.fromhex(left) + bytes.fromhex(right)) != root_of([left, right])


def test_PRI_32_a_seal_is_bound_to_the_previous_one() -> None:
    first = Seal("2026-01-01", root_of([]), 0, GENESIS)
    second = Seal("2026-01-02", root_of([]), 0, first.digest)

    assert second.digest != Seal("2026-01-02", root_of([]), 0, GENESIS).digest


def test_PRI_32_the_sealed_bytes_do_not_depend_on_key_order() -> None:
    entry = ledger_entries.change(SYSTEM, "lead/l", "hold", 1_700_000_000, "e", detail={"b": 1, "a": "é"})

    assert canonical_bytes(entry) == canonical_bytes(
        ledger_entries.change(SYSTEM, "lead/l", "hold", 1_700_000_000, "e", detail={"a": "é", "b": 1})
    )
