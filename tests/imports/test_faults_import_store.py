"""Imports when the store is slow or others write (fault rows 34, 37). Also without each protection."""

from typing import Any

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.store import new_blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.imports.domain.import_job import ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases import import_blocks
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.privacy.usecases.forget_contact import forget_contact
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
from tests.factories.leads import (
    DAY,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_organisation,
    read_access,
)
from tests.harness.faults import always, conflicting, fault, first, meanwhile, metered, step, throttled
from tests.imports.import_fault_support import FILE, ONE, THREE, TWO, end_of, in_batches_of, same_as_in_one_go

pytestmark = pytest.mark.usefixtures("aws")
DESK = read_access(MANAGER, "forget")


@pytest.fixture(autouse=True)
def _set_up(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    create_organisation()
    create_bucket()
    in_batches_of(4, monkeypatch)


# 34: the store does not write the rows of a batch together


def test_row_34_rows_of_a_transaction_that_another_write_cancels_are_written_one_by_one() -> None:
    job = register(put(FILE))
    with fault(conflicting, on={"TransactWriteItems"}, table="blocks", when=first(2)) as fired:
        run_import(job.id, import_run())

    assert len(fired) == 2
    same_as_in_one_go(get_import(job.id))


def test_row_34_a_store_that_takes_no_rows_stops_the_batch_and_nothing_is_lost() -> None:
    job = register(put(FILE))
    with fault(throttled, on={"TransactWriteItems"}, table="blocks", when=always) as fired:
        run_import(job.id, import_run())

    assert fired
    assert get_import(job.id).progress.read == 0
    same_as_in_one_go(end_of(job))


def test_row_34_ignoring_a_cancelled_transaction_would_lose_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    together = new_blocks.put_new

    def write_and_forget(new_blocks: Any, intent: str, now: int) -> list[Any]:
        together(new_blocks, intent, now)
        return []

    monkeypatch.setattr(new_blocks, "put_new", write_and_forget)
    with fault(conflicting, on={"TransactWriteItems"}, table="blocks", when=first(1)):
        job = run_file(FILE)

    assert (job.state, get_block(example_numbers(3)[2])) == (ImportState.DONE, None)


# 10, 12: a contact is kept out, or blocked, while a block file is processed


FORMS = (f"{ONE}\n", f"{ONE},30\n", f"{ONE}\n{TWO}\n{THREE}\n", f"{TWO}\n{ONE},30\n", f"{ONE}\n{ONE}\n")


@pytest.mark.parametrize("content", FORMS)
def test_PRI_10_a_block_file_never_brings_back_the_number_of_a_forgotten_contact(content: str) -> None:
    create_lead("lead_1", values={"phone": ONE})
    job = register(put(content))
    with fault(meanwhile(keep_contact_out), on={"TransactWriteItems"}, table="blocks", when=step(1)) as fired:
        run_import(job.id, import_run())

    assert fired
    block = get_block(ONE)
    assert block is not None
    assert (block.number, block.until, block.by_kind) == (None, None, "forget")
    assert {verdict for verdict, _ in verdicts(get_import(job.id))} <= {"blocked", "already_blocked"}
    if TWO in content:
        assert get_block(TWO) is not None


def test_PRI_10_without_the_condition_the_number_would_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_blocks, "_NO_LIVE_BLOCK", "attribute_not_exists(moved_to) OR expires_at <= :now")
    job = register(put(f"{ONE}\n"))
    with fault(meanwhile(keep_contact_out), on={"TransactWriteItems"}, table="blocks", when=step(1)):
        run_import(job.id, import_run())

    block = get_block(ONE)
    assert block is not None
    assert block.number == ONE


def test_PRI_12_a_block_that_a_user_makes_meanwhile_keeps_its_reason() -> None:
    def block_by_hand() -> None:
        block_contact(MANAGER, BlockRequest("phone", ONE, "prj_1", reason="regulator"), "request", NOW)

    job = register(put(f"{ONE}\n{TWO}\n"))
    with fault(meanwhile(block_by_hand), on={"TransactWriteItems"}, table="blocks", when=step(1)):
        run_import(job.id, import_run())

    blocked = [get_block(number) for number in (ONE, TWO)]
    assert [block and block.reason for block in blocked] == ["regulator", None]
    assert [block and block.by_kind for block in blocked] == ["user", "job"]


def keep_contact_out() -> None:
    confirmed(lambda given: forget_contact(DESK, "phone", ONE, True, given, NOW))


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


@pytest.mark.parametrize("blocked_again", [(ONE,), (TWO,), (THREE,), (ONE, THREE), (ONE, TWO, THREE)])
def test_PRI_21_a_row_that_is_refused_as_blocked_since_keeps_all_its_blocks(
    blocked_again: tuple[str, ...],
) -> None:
    for number in (ONE, TWO, THREE):
        block_contact(MANAGER, BlockRequest("phone", number, "prj_1"), f"before {number}", NOW)
    row = f"phone,mobile,work_phone\n{ONE},{TWO},{THREE}\n"
    job = register(put(row, key_of(ImportKind.UNBLOCK, "prj_1", "x")), NOW + 10)

    def block_again() -> None:
        for number in blocked_again:
            run_file(f"{number}\n", ImportKind.UNBLOCK, name=f"by hand {number}", now=NOW + 11)
            block_contact(MANAGER, BlockRequest("phone", number, "prj_1"), f"again {number}", NOW + 20)

    with fault(meanwhile(block_again), on={"TransactWriteItems"}, table="blocks", when=step(1)) as fired:
        run_import(job.id, import_run(NOW + 30))

    assert fired
    assert verdicts(get_import(job.id)) == [("invalid", "blocked_since")]
    assert all(get_block(number, now=NOW + 30) for number in (ONE, TWO, THREE))


def test_PRI_21_a_row_of_many_contacts_that_was_unblocked_in_part_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_blocks, "_REMOVED_AT_ONCE", 1)
    for number in (ONE, TWO):
        block_contact(MANAGER, BlockRequest("phone", number, "prj_1"), f"before {number}", NOW)
    file = put(f"phone,mobile\n{ONE},{TWO}\n", key_of(ImportKind.UNBLOCK, "prj_1", "x"))
    job = register(file, NOW + 10)

    def block_again() -> None:
        run_file(f"{TWO}\n", ImportKind.UNBLOCK, name="by hand", now=NOW + 11)
        block_contact(MANAGER, BlockRequest("phone", TWO, "prj_1"), "again", NOW + 20)

    with fault(meanwhile(block_again), on={"TransactWriteItems"}, table="blocks", when=step(2)):
        run_import(job.id, import_run(NOW + 30))

    assert verdicts(get_import(job.id)) == [("unblocked", "blocked_since")]
    assert [get_block(number, now=NOW + 30) is None for number in (ONE, TWO)] == [True, False]


def test_PRI_21_a_row_whose_contacts_all_stand_unblocked_is_unblocked_in_one_transaction() -> None:
    for number in (ONE, TWO, THREE):
        block_contact(MANAGER, BlockRequest("phone", number, "prj_1"), f"before {number}", NOW)
    with metered() as meter:
        job = run_file(f"phone,mobile,work_phone\n{ONE},{TWO},{THREE}\n", ImportKind.UNBLOCK, now=NOW + 10)

    assert verdicts(job) == [("unblocked", "")]
    assert [get_block(number) for number in (ONE, TWO, THREE)] == [None] * 3
    removing = [one for one in meter.attempts if any("blocks" in table for table in one.tables)]
    assert sum(one.operation == "TransactWriteItems" for one in removing) == 1


def test_row_37_an_overtaken_block_is_never_shortened() -> None:
    def block_without_end() -> None:
        block_contact(MANAGER, BlockRequest("phone", ONE, "prj_1"), "request", NOW)

    job = register(put(f"{ONE},30\n"))
    with fault(
        meanwhile(block_without_end), on={"TransactWriteItems"}, table="blocks", when=step(1)
    ) as fired:
        run_import(job.id, import_run())

    assert fired
    block = get_block(ONE)
    assert block is not None
    assert block.until is None


def test_row_37_without_a_condition_the_block_would_be_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_blocks, "_NO_LIVE_BLOCK", "attribute_not_exists(moved_to) OR expires_at <= :now")

    def block_without_end() -> None:
        block_contact(MANAGER, BlockRequest("phone", ONE, "prj_1"), "request", NOW)

    job = register(put(f"{ONE},30\n"))
    with fault(meanwhile(block_without_end), on={"TransactWriteItems"}, table="blocks", when=step(1)):
        run_import(job.id, import_run())

    block = get_block(ONE)
    assert block is not None
    assert block.until == NOW + 30 * DAY
