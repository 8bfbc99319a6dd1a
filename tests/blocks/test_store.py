"""The Do Not Call list (PRI-12, PRI-15, PRI-17)."""

from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block, blocked_again
from chalicelib.blocks.store import blocks
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.retention import MAX_AHEAD_S
from tests.factories.rows import NOW, create_block_row, write
from tests.harness.faults import metered

pytestmark = pytest.mark.usefixtures("aws")


@pytest.mark.parametrize(
    "created",
    [
        create_block_row(),
        create_block_row(until=NOW + 9),
        create_block_row(scope=ALL_PROJECTS),
        create_block_row(number="+12025550147", reason="regulator"),
    ],
)
def test_a_written_row_is_read_back(created: Block) -> None:
    write(blocks.put(created, NOW))

    assert blocks.get(created.ref, created.scope, NOW) == created
    assert blocks.from_batch(
        [created.ref], "prj_1", batch.read(blocks.keys([created.ref], "prj_1"), NOW)
    ) == [created]


def test_INT_11_a_contact_is_looked_up_in_its_project_and_in_all() -> None:
    write(
        blocks.put(create_block_row("ref_1", "prj_2"), NOW),
        blocks.put(create_block_row("ref_2", ALL_PROJECTS), NOW),
    )

    rows = batch.read(blocks.keys(["ref_1", "ref_2"], "prj_1"), NOW)

    assert blocks.from_batch(["ref_1", "ref_2"], "prj_1", rows) == [create_block_row("ref_2", ALL_PROJECTS)]


def test_PRI_15_a_block_ends_at_the_exact_second() -> None:
    write(blocks.put(create_block_row(until=NOW + 60), NOW))

    assert blocks.get("ref_1", "prj_1", NOW + 59) is not None
    assert blocks.get("ref_1", "prj_1", NOW + 60) is None


def test_PRI_17_a_block_is_read_consistently() -> None:
    with metered() as meter:
        blocks.get("ref_1", "prj_1", NOW)
        batch.read(blocks.keys(["ref_1"], "prj_1"), NOW)

    single, many = (attempt.body for attempt in meter.attempts)
    assert single["ConsistentRead"]
    assert all(table["ConsistentRead"] for table in many["RequestItems"].values())


def test_PRI_12_two_blocks_at_once_make_one_block() -> None:
    write(blocks.put(create_block_row(by_id="usr_1"), NOW))

    with pytest.raises(batch.Cancelled):
        write(blocks.put(create_block_row(by_id="usr_2"), NOW))
    assert blocks.get("ref_1", "prj_1", NOW) == create_block_row(by_id="usr_1")


def test_PRI_12_blocking_again_requires_the_version_read() -> None:
    write(blocks.put(create_block_row(until=NOW + 9), NOW))
    longer = blocked_again(create_block_row(until=NOW + 9), NOW + 99)

    write(blocks.put(longer, NOW))

    assert blocks.get("ref_1", "prj_1", NOW) == longer
    with pytest.raises(batch.Cancelled):
        write(blocks.put(longer, NOW))


def test_data_model_an_ended_block_counts_as_absent() -> None:
    write(blocks.put(create_block_row(until=NOW + 9), NOW))
    ended = NOW + 9

    # an ended block cannot be changed; a new block replaces it
    with pytest.raises(batch.Cancelled):
        write(blocks.put(blocked_again(create_block_row(until=NOW + 9), None), ended))
    anew = replace(create_block_row(), blocked_at=ended)
    write(blocks.put(anew, ended))
    assert blocks.get("ref_1", "prj_1", ended) == anew


def test_data_model_no_change_restores_a_removed_block() -> None:
    with pytest.raises(batch.Cancelled):
        write(blocks.put(replace(create_block_row(), version=2), NOW))

    assert list(blocks.BlockRow.scan()) == []


def test_data_model_an_end_is_at_most_ten_years_ahead() -> None:
    blocks.put(create_block_row(until=NOW + MAX_AHEAD_S), NOW)
    with pytest.raises(ValueError, match="ten years"):
        blocks.put(create_block_row(until=NOW * 1000), NOW)
