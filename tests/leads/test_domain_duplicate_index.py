"""The duplicate index: the last originals with one set of values (data-model.md, Duplicate index)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.retention import gone
from chalicelib.leads.domain.duplicate_index import (
    MAX_LEADS,
    Original,
    Window,
    marked_rejected,
    restamped,
    with_original,
    without,
)

NOW = 1_700_000_000
EMPTY = Window("ref", "lt_1")


def original(number: int, erase_at: int | None = None) -> Original:
    """Return an original of an example lead."""
    return Original(f"lead_{number}", "cmp_1", "prj_1", NOW + number, erase_at)


def test_a_new_index_row_starts_with_version_1() -> None:
    window = with_original(EMPTY, original(1, NOW + 10), NOW)

    assert window == Window("ref", "lt_1", (original(1, NOW + 10),), 1)


@given(st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(NOW - 9, NOW + 9)), max_size=60))
def test_an_index_row_keeps_the_last_twenty_live_originals(
    arrivals: list[tuple[int, int | None]],
) -> None:
    window = EMPTY
    for number, erase_at in arrivals:
        window = with_original(window, original(number, erase_at), NOW)

    ids = [item.lead_id for item in window.originals]
    assert len(ids) == len(set(ids)) <= MAX_LEADS
    assert window.version == len(arrivals)
    assert all(not gone(item.erase_at, NOW) for item in window.originals[:-1])
    if arrivals:
        assert window.originals[-1] == original(*arrivals[-1])


def test_CAM_6_rejected_leads_never_displace_an_earlier_accepted_one() -> None:
    window = with_original(EMPTY, original(0), NOW)
    for number in range(1, 2 * MAX_LEADS):
        window = with_original(window, replace(original(number), rejected=True), NOW)

    assert [item.lead_id for item in window.originals] == [
        "lead_0",
        *(f"lead_{number}" for number in range(MAX_LEADS + 1, 2 * MAX_LEADS)),
    ]


def test_an_index_row_ends_with_its_last_original_or_never() -> None:
    ending = Window("ref", "lt_1", (original(1, NOW + 30), original(2, NOW + 10)))

    assert ending.ends_at == NOW + 30
    assert with_original(ending, original(3), NOW).ends_at is None


def test_a_forget_removes_only_its_own_entry() -> None:
    window = Window("ref", "lt_1", (original(1), original(2)), 4)

    assert without(window, "lead_1") == Window("ref", "lt_1", (original(2),), 5)
    assert without(window, "lead_9").originals == window.originals


def test_a_rejection_in_quality_control_marks_the_entry() -> None:
    window = marked_rejected(Window("ref", "lt_1", (original(1), original(2)), 4), "lead_2")

    assert [item.rejected for item in window.originals] == [False, True]
    assert window.version == 5


def test_a_moved_deadline_restamps_the_entry() -> None:
    window = restamped(Window("ref", "lt_1", (original(1), original(2)), 4), "lead_1", NOW + 9)

    assert [item.erase_at for item in window.originals] == [NOW + 9, None]
    assert window.version == 5
