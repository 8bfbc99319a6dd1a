"""The contact index and the duplicate index: keyed hashes with their own ends (data-model.md, Contact index)."""

from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.core.retention import Retention, Setting
from chalicelib.leads.domain.duplicate_index import Original, Window, marked_rejected, with_original, without
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index
from tests.factories.rows import DUE, NOW, create_facts, write

pytestmark = pytest.mark.usefixtures("aws")


def original(lead_id: str = "lead_1", erase_at: int | None = DUE) -> Original:
    """Return an original of an example lead."""
    return Original(lead_id, "cmp_1", "prj_1", NOW, erase_at)


def listed(lead_id: str, erase_at: int | None) -> Facts:
    """Return the facts of a lead with an end of its own."""
    return create_facts(lead_id, retention=Retention(NOW, setting=Setting(erase_at)))


def window(now: int = NOW) -> Window:
    """Return the row of the duplicate index as a reader sees it."""
    return contact_index.window_from_batch(
        "ref_w", "lt_1", batch.read([contact_index.window_key("ref_w", "lt_1")], now)
    )


def stamp(ref: str, entry: str) -> object:
    """Return the TTL stamp in the table."""
    return contact_index.ContactRow.get(ref, entry).serialize().get("expires_at")


def test_PRI_1_a_contact_lists_its_leads() -> None:
    write(
        *(contact_index.put_lead("ref_1", listed(f"lead_{number}", DUE + number), NOW) for number in range(3))
    )
    write(contact_index.put_window(with_original(Window("ref_1", "lt_1"), original(), NOW), NOW))

    assert contact_index.list_leads("ref_1", NOW) == ["lead_0", "lead_1", "lead_2"]
    assert contact_index.list_leads("ref_1", DUE + 1) == ["lead_2"]
    assert contact_index.list_leads("ref_9", NOW) == []


def test_data_model_an_index_row_has_its_own_end() -> None:
    write(
        contact_index.put_lead("ref_1", listed("lead_1", DUE), NOW),
        contact_index.put_lead("ref_1", listed("lead_2", None), NOW),
    )
    write(contact_index.put_lead("ref_1", listed("lead_3", NOW - 5), NOW))

    assert stamp("ref_1", "lead#lead_1") == {"N": str(DUE)}
    assert stamp("ref_1", "lead#lead_2") is None
    assert stamp("ref_1", "lead#lead_3") == {"N": str(NOW + 1)}


def test_RET_15_removing_twice_is_the_same_as_once() -> None:
    write(contact_index.put_lead("ref_1", listed("lead_1", DUE), NOW))

    for _ in range(2):
        write(contact_index.delete_lead("ref_1", "lead_1"))
        assert contact_index.list_leads("ref_1", NOW) == []


def test_data_model_an_unknown_index_row_is_empty() -> None:
    assert window() == Window("ref_w", "lt_1")


def test_data_model_an_index_row_is_written_over_the_version_read() -> None:
    # given two requests that read the same empty index row
    first = with_original(window(), original("lead_1"), NOW)
    other = with_original(window(), original("lead_2"), NOW)

    # when both write it
    write(contact_index.put_window(first, NOW))
    with pytest.raises(batch.Cancelled):
        write(contact_index.put_window(other, NOW))

    # then the second decides again on what the first has written
    assert window() == first
    write(contact_index.put_window(with_original(window(), original("lead_2"), NOW), NOW))
    assert [item.lead_id for item in window().originals] == ["lead_1", "lead_2"]


@pytest.mark.parametrize("change", ["add", "remove"])
def test_data_model_a_recreated_row_with_the_same_version_is_another_row(change: str) -> None:
    write(contact_index.put_window(with_original(window(), original("lead_1"), NOW), NOW))
    known = window()

    # given that its only original was removed meanwhile, and another was added
    write(contact_index.put_window(without(known, "lead_1"), NOW))
    write(contact_index.put_window(with_original(window(), original("lead_2"), NOW), NOW))
    assert window().version == known.version

    # then a decision on the first is not written over the second
    after = with_original(known, original("lead_3"), NOW) if change == "add" else without(known, "lead_1")
    with pytest.raises(batch.Cancelled):
        write(contact_index.put_window(after, NOW))
    assert [item.lead_id for item in window().originals] == ["lead_2"]


def test_data_model_an_index_row_ends_with_its_last_original() -> None:
    last = with_original(
        with_original(Window("ref_w", "lt_1"), original("lead_2", DUE + 9), NOW), original(), NOW
    )
    write(contact_index.put_window(replace(last, version=1), NOW))

    assert stamp("ref_w", "window#lt_1") == {"N": str(DUE + 9)}
    assert window(DUE + 8).originals == last.originals
    assert window(DUE + 9) == Window("ref_w", "lt_1")


def test_data_model_an_index_row_with_an_endless_original_never_ends() -> None:
    write(contact_index.put_window(with_original(Window("ref_w", "lt_1"), original(erase_at=None), NOW), NOW))

    assert stamp("ref_w", "window#lt_1") is None


def test_data_model_an_expired_index_row_counts_as_absent_for_a_write() -> None:
    write(contact_index.put_window(with_original(window(), original(), NOW), NOW))
    late = DUE + 72 * 3600

    write(contact_index.put_window(with_original(window(late), original("lead_2", late + 99), late), late))

    assert window(late).originals == (original("lead_2", late + 99),)
    assert window(late).version == 1


def test_RET_15_a_forgotten_lead_leaves_the_duplicate_index() -> None:
    write(contact_index.put_window(with_original(window(), original(), NOW), NOW))
    (row,) = contact_index.list_windows("ref_w")

    # when its only original is removed, long after its end
    write(contact_index.put_window(without(row, "lead_1"), DUE + 99))

    # then the row is removed, and a repeat is refused without harm
    assert contact_index.list_windows("ref_w") == []
    with pytest.raises(batch.Cancelled):
        write(contact_index.put_window(without(row, "lead_1"), DUE + 99))
    assert list(contact_index.ContactRow.scan()) == []


def test_data_model_no_change_restores_a_removed_index_row() -> None:
    known = with_original(with_original(window(), original(), NOW), original("lead_2"), NOW)

    for change in (marked_rejected(known, "lead_1"), without(known, "lead_1")):
        with pytest.raises(batch.Cancelled):
            write(contact_index.put_window(change, NOW))
    assert list(contact_index.ContactRow.scan()) == []
