"""Ledger entries: ids, order, shards and retention (PRI-27 … PRI-32)."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.access import SYSTEM, Actor
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry, EntryKind

NOW = 1_700_000_000
USER = Actor("user", "usr_1")


@given(st.lists(st.text(max_size=6), max_size=4), st.lists(st.text(max_size=6), max_size=4))
def test_PRI_27_the_same_action_has_the_same_id(first: list[str], other: list[str]) -> None:
    assert (ledger_entries.entry_id(*first) == ledger_entries.entry_id(*other)) == (first == other)


def test_PRI_28_entries_of_an_item_sort_by_time() -> None:
    entries = [
        ledger_entries.change(USER, "campaign/1", "changed", at, f"e{9 - at % 7}")
        for at in range(NOW, NOW + 9)
    ]

    assert [entry.at_id for entry in entries] == sorted(entry.at_id for entry in entries)


@given(st.integers(0, 4_000_000_000), st.text(min_size=1))
def test_PRI_28_an_entry_is_in_one_of_sixteen_shards_of_its_day(at: int, name: str) -> None:
    day, _, shard = ledger_entries.change(SYSTEM, "lead/1", "call", at, name).day_shard.partition("#")

    assert day == utc_day(at)
    assert shard in {f"{number:02d}" for number in range(ledger_entries.SHARDS)}


def test_PRI_28_a_busy_day_spreads_over_all_shards() -> None:
    shards = {
        ledger_entries.change(SYSTEM, "lead/1", "call", NOW, ledger_entries.entry_id(n)).day_shard
        for n in range(400)
    }

    assert len(shards) == ledger_entries.SHARDS


def test_data_model_accesses_and_changes_have_their_own_retention() -> None:
    change = ledger_entries.change(USER, "lead/1", "changed", NOW, "e1")
    access = ledger_entries.access(USER, "lead/1", "view", NOW, "e2")
    receipt = ledger_entries.Entry(
        ledger_entries.EntryKind.RECEIPT, "lead/1", "e3", NOW, "system", "leadwarden", "erased"
    )

    ends = [ledger_entries.kept_until(entry, 2190, 730) - NOW for entry in (change, access, receipt)]

    assert ends == [2190 * DAY_S, 730 * DAY_S, 2190 * DAY_S]


def test_PRI_30_an_access_names_actor_time_lead_and_way() -> None:
    entry = ledger_entries.access(USER, "lead/1", "search", NOW, "e1")

    assert entry.kind is ledger_entries.EntryKind.ACCESS
    assert (entry.actor_id, entry.at, entry.subject, entry.through) == ("usr_1", NOW, "lead/1", "search")


def test_PRI_32_a_seal_outlasts_the_changes_it_seals() -> None:
    entry = Entry(EntryKind.SEAL, "seal/2026-01-01", "e", 1_700_000_000, "system", "leadwarden", "sealed")

    assert ledger_entries.kept_until(entry, 30, 1) == entry.at + ledger_entries.SEALS_KEPT_DAYS * DAY_S
    assert ledger_entries.kept_until(entry, 3650, 1) == entry.at + 3650 * DAY_S
