"""The one write of a block over the block that exists (PRI-12, PRI-27)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block, with_end
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.blocks.usecases.upsert_block import BlockEntry, UpsertedBlock, upsert_block
from chalicelib.core.access import Actor
from chalicelib.core.contact_points import Refs
from chalicelib.core.errors import Unavailable
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry
from tests.factories.leads import DAY, NOW, create_organisation
from tests.harness.faults import WRITES, always, conflicting, fault, first, metered

pytestmark = pytest.mark.usefixtures("aws")
USER = Actor(kind="user", id="usr_1")
NEW = Block("ref_1", "prj_1", NOW, NOW + DAY, "user", "usr_1", "…47", reason="legal")


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()


def upsert(until: int | None, *, tries: int = 4, **changes: Any) -> UpsertedBlock:
    """Block the contact until an instant, or give its block that end."""
    entry = BlockEntry(USER, f"req_{until}", token=lambda entry, _: batch.token_of(entry.id), **changes)

    def change(earlier: Block | None) -> Block:
        return with_end(earlier, until) if earlier else replace(NEW, until=until)

    return upsert_block(Refs("ref_1"), "prj_1", change, entry, NOW, tries=tries, message="busy")


def entries() -> list[Entry]:
    """The entries of the block, oldest first."""
    return ledger.list_subject(f"block/{opaque_id('ref_1', 'prj_1')}", NOW)


def test_a_new_block_and_its_entry_are_written_in_one_transaction() -> None:
    with metered() as meter:
        assert upsert(NOW + DAY) == UpsertedBlock(NEW, created=True)

    assert {name: meter.operations.get(name) for name in meter.operations if name in WRITES} == {
        "TransactWriteItems": 1
    }
    assert blocks.get("ref_1", "prj_1", NOW) == NEW
    (entry,) = entries()
    assert (entry.action, entry.detail) == ("blocked", {"scope": "prj_1"})
    assert [(field.name, field.before) for field in entry.fields] == [("until", None), ("reason", None)]


def test_the_entry_of_a_changed_block_has_detail_and_no_reason() -> None:
    upsert(NOW + DAY)

    block, created = upsert(None, detail={"by": "call"})

    assert (block, created) == (replace(NEW, until=None, version=2), False)
    changed = entries()[-1]
    assert (changed.action, changed.detail) == ("block_changed", {"scope": "prj_1", "by": "call"})
    assert [field.name for field in changed.fields] == ["until"]


def test_an_unchanged_block_is_not_written() -> None:
    upsert(NOW + DAY)

    with metered() as meter:
        assert upsert(NOW + DAY) == UpsertedBlock(NEW, created=False)

    assert not meter.operations.keys() & WRITES
    assert len(entries()) == 1


def test_fields_can_be_left_out_of_the_entry() -> None:
    upsert(NOW + DAY, shows_fields=False)

    assert [entry.fields for entry in entries()] == [()]


def test_a_block_without_an_entry_is_one_plain_write() -> None:
    with metered() as meter:
        upsert(NOW + DAY, records_new=False)
    assert meter.operations.keys() & WRITES == {"PutItem"}
    assert entries() == []

    upsert(None, records_new=False)
    assert [entry.action for entry in entries()] == ["block_changed"]


def test_after_a_concurrent_write_the_new_block_is_changed() -> None:
    with fault(conflicting, when=first(1)):
        assert upsert(NOW + DAY).created
    assert len(entries()) == 1


def test_lasting_contention_is_unavailable_after_the_last_try() -> None:
    with fault(conflicting, when=always) as fired, pytest.raises(Unavailable, match="busy"):
        upsert(NOW + DAY, tries=2)

    assert len(fired) == 2
    assert blocks.get("ref_1", "prj_1", NOW) is None
