"""Imports when the store is slow or others write (fault rows 34, 37). Also without each protection."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.imports.domain.import_job import ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.run_import import run_import
from tests.factories.imports import (
    create_bucket,
    example_numbers,
    get_block,
    get_import,
    import_run,
    put,
    register,
    run_file,
    verdicts,
)
from tests.factories.leads import DAY, MANAGER, NOW, create_organisation
from tests.harness.faults import always, fault, first, meanwhile, step, unprocessed
from tests.imports.import_fault_support import FILE, ONE, TWO, end_of, in_batches_of, same_as_in_one_go

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def _set_up(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    create_organisation()
    create_bucket()
    in_batches_of(4, monkeypatch)


# 34: the store leaves items unprocessed


def test_row_34_unprocessed_items_are_sent_again_with_pauses() -> None:
    job = register(put(FILE))
    with fault(unprocessed, on={"BatchWriteItem"}, when=first(3)) as fired:
        run_import(job.id, import_run())

    assert len(fired) == 3
    same_as_in_one_go(get_import(job.id))


def test_row_34_a_store_that_processes_nothing_gets_pauses() -> None:
    job = register(put(FILE))
    with fault(unprocessed, on={"BatchWriteItem"}, when=always) as fired:
        run_import(job.id, import_run())

    assert len(fired) == batch._WRITE_TRIES
    assert get_import(job.id).progress.read == 0
    same_as_in_one_go(end_of(job))


def test_row_34_ignoring_unprocessed_items_would_lose_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    together = batch.put_many

    def write_without_retry(model: Any, items: Any) -> None:
        monkeypatch.setattr(batch, "_WRITE_TRIES", 1)
        try:
            together(model, items)
        except Exception:  # noqa: BLE001
            return

    monkeypatch.setattr(batch, "put_many", write_without_retry)
    with fault(unprocessed, on={"BatchWriteItem"}, when=first(1)):
        job = run_file(FILE)

    assert (job.state, get_block(example_numbers(3)[2])) == (ImportState.DONE, None)


# 37: a block is made while an unblock file is processed


def test_row_37_a_block_made_after_the_unblock_file_stays() -> None:
    run_file(f"{ONE}\n{TWO}\n", name="before")
    job = register(put(f"{ONE}\n{TWO}\n", key_of(ImportKind.UNBLOCK, "prj_1", "x")), NOW + 10)
    run_file(f"{TWO}\n", ImportKind.UNBLOCK, name="by hand", now=NOW + 11)
    block_contact(MANAGER, BlockRequest("phone", TWO, "prj_1"), "request", NOW + 20)

    run_import(job.id, import_run(NOW + 30))

    assert verdicts(get_import(job.id)) == [("unblocked", ""), ("invalid", "blocked_since")]
    assert (get_block(ONE), get_block(TWO) is not None) == (None, True)


def test_row_37_a_block_made_between_read_and_write_stays() -> None:
    run_file(f"{TWO}\n", name="before")
    job = register(put(f"{TWO}\n", key_of(ImportKind.UNBLOCK, "prj_1", "x")), NOW + 10)

    def unblock_and_block() -> None:
        run_file(f"{TWO}\n", ImportKind.UNBLOCK, name="by hand", now=NOW + 11)
        block_contact(MANAGER, BlockRequest("phone", TWO, "prj_1"), "request", NOW + 20)

    with fault(meanwhile(unblock_and_block), on={"TransactWriteItems"}, when=step(1)):
        run_import(job.id, import_run(NOW + 30))

    assert verdicts(get_import(job.id)) == [("invalid", "blocked_since")]
    assert get_block(TWO) is not None


def test_row_37_an_overtaken_block_is_never_shortened() -> None:
    def block_without_end() -> None:
        block_contact(MANAGER, BlockRequest("phone", ONE, "prj_1"), "request", NOW)

    job = register(put(f"{ONE},30\n"))
    with fault(meanwhile(block_without_end), on={"PutItem"}, table="blocks", when=step(1)) as fired:
        run_import(job.id, import_run())

    assert fired
    block = get_block(ONE)
    assert block is not None
    assert block.until is None


def test_row_37_without_a_condition_the_block_would_be_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    conditional = blocks.put
    monkeypatch.setattr(blocks, "put", lambda block, now: replace(conditional(block, now), condition=None))

    def block_without_end() -> None:
        block_contact(MANAGER, BlockRequest("phone", ONE, "prj_1"), "request", NOW)

    job = register(put(f"{ONE},30\n"))
    with fault(meanwhile(block_without_end), on={"PutItem"}, table="blocks", when=step(1)):
        run_import(job.id, import_run())

    block = get_block(ONE)
    assert block is not None
    assert block.until == NOW + 30 * DAY
