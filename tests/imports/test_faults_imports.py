"""Imports that are repeated, out of time or interrupted (fault rows 29, 30, 32, 33), also without each protection."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.imports import store as imports
from chalicelib.imports.domain import uploads
from chalicelib.imports.domain.import_job import ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases import import_blocks
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from tests.factories.imports import (
    all_blocks,
    create_bucket,
    get_block,
    get_import,
    import_run,
    keys,
    put,
    register,
    result_rows,
    run_file,
    verdicts,
)
from tests.factories.leads import (
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.harness.faults import (
    WRITES,
    Crash,
    Fault,
    dying,
    dying_after,
    fault,
    first_of_each_call,
    lost,
    meanwhile,
    metered,
    step,
    throttled,
)
from tests.imports.import_fault_support import (
    FILE,
    LATER,
    ONE,
    THREE,
    TWO,
    cut_off,
    end_of,
    in_batches_of,
    same_as_in_one_go,
)

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def _set_up(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    create_organisation()
    create_manager()
    create_bucket()
    in_batches_of(4, monkeypatch)


# 29: the same event twice


def test_row_29_the_same_event_twice_is_one_import() -> None:
    upload = put(FILE)
    jobs = {register(upload).id, register(upload, NOW + 5).id}
    run_import(min(jobs), import_run())

    assert len(jobs) == 1
    run_import(min(jobs), import_run())
    assert get_import(min(jobs)).progress.read == 14
    assert [key for key in keys() if key.startswith("results/")] == [f"results/{min(jobs)}.csv"]


def test_row_29_two_events_at_once_are_one_import() -> None:
    upload = put(FILE)
    with fault(meanwhile(lambda: register(upload)), on={"TransactWriteItems"}, when=step(1)):
        job = register(upload)

    assert len(imports.open_ids(ImportKind.BLOCK, NOW)) == 1
    same_as_in_one_go(end_of(job))


def test_row_29_without_an_identity_there_would_be_two_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = put(FILE)
    ids = iter(["imp_a", "imp_b"])
    monkeypatch.setattr(uploads, "dropped_id", lambda _: next(ids))
    monkeypatch.setattr(imports, "latest", lambda *_: None)
    monkeypatch.setattr(imports, "set_latest", lambda _, job, *__: imports.mark_open(job))
    monkeypatch.setattr(imports, "mark_open", lambda job: batch.Put(imports._row(job), None))

    with pytest.raises(Exception):  # noqa: B017, PT011
        assert register(upload).id == register(upload).id


# 30: an older event after a newer one


def test_row_30_an_older_event_after_a_newer_one_is_ignored() -> None:
    older, newer = put(f"{ONE}\n"), put(f"{TWO}\n")
    job = register(newer)

    assert register_upload(older, NOW) is None
    run_import(job.id, import_run())
    assert (get_block(ONE), get_block(TWO) is not None) == (None, True)


def test_row_30_sequencers_of_other_lengths_are_compared_as_in_S3() -> None:
    assert uploads.is_later("00B1", "00A")
    assert not uploads.is_later("00A", "00A0")
    assert not uploads.is_later("00A", "00B1")


def test_row_30_without_the_order_the_older_event_would_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    older, newer = put(f"{ONE}\n"), put(f"{TWO}\n")
    register(newer)
    monkeypatch.setattr(uploads, "is_later", lambda *_: True)

    assert register_upload(older, NOW) is not None


# 32, 33: the time ends at row n; a crash between batch and checkpoint


@pytest.mark.parametrize("batches", [0, 1, 2, 3])
def test_row_32_a_timeout_at_any_batch_does_not_change_the_result(batches: int) -> None:
    job = register(put(FILE))
    run_import(job.id, import_run(batches=batches))
    assert get_import(job.id).state is ImportState.RUNNING

    same_as_in_one_go(end_of(job))


def test_row_32_without_a_checkpoint_rows_would_be_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    job = register(put(FILE))
    run_import(job.id, import_run(batches=1))
    forgetful = replace(get_import(job.id), progress=replace(get_import(job.id).progress, byte=0, line=1))
    monkeypatch.setattr(imports, "get", lambda *_: forgetful)

    run_import(job.id, import_run(LATER))

    monkeypatch.undo()
    assert get_import(job.id).progress.read != 14


def steps_of(work: Callable[[], object]) -> int:
    with metered() as meter:
        work()
    return sum(attempt.operation in WRITES for attempt in meter.attempts)


STEPS = range(1, 11)


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_row_33_a_crash_at_any_write_is_repeated_without_a_trace(crash: Fault, number: int) -> None:
    job = register(put(FILE))
    with fault(crash, on=WRITES, when=step(number)) as fired, pytest.raises(Crash):
        run_import(job.id, import_run())
    assert fired

    same_as_in_one_go(end_of(job))


def test_row_33_the_tested_steps_of_an_import_are_complete() -> None:
    job = register(put(FILE))

    assert steps_of(lambda: run_import(job.id, import_run())) == len(STEPS)


def test_row_33_without_recognition_own_rows_would_count_as_blocked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_blocks, "_is_own", lambda *_: False)
    job = register(put(FILE))
    with (
        fault(dying_after, on={"TransactWriteItems"}, table="blocks", when=step(1)),
        pytest.raises(Crash),
    ):
        run_import(job.id, import_run())

    assert verdicts(end_of(job))[0] == ("already_blocked", "")


@pytest.mark.parametrize("does", [throttled, lost])
def test_row_33_a_fault_of_the_store_is_retried_without_a_trace(does: Fault) -> None:
    job = register(put(FILE))
    with fault(does, on=WRITES, when=first_of_each_call):
        run_import(job.id, import_run())

    same_as_in_one_go(end_of(job))


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_row_33_interrupted_unblocks_have_the_results_of_one_run(crash: Fault, number: int) -> None:
    run_file(f"{ONE}\n{TWO}\n{THREE}\n", name="before")
    text = f"{ONE}\n+12025550177\n{TWO}\n{ONE}\n{THREE}\n"
    job = register(put(text, key_of(ImportKind.UNBLOCK, "prj_1", "x")), NOW + 1)
    cut_off(job, crash, number, NOW + 1)

    after = end_of(job)
    assert [verdict for verdict, _ in verdicts(after)] == [
        "unblocked", "not_blocked", "unblocked", "not_blocked", "unblocked"
    ]  # fmt: skip
    assert all_blocks() == []


def test_row_33_without_a_plan_a_repeat_would_not_know_its_unblocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3, "read_if_there", lambda _: None)
    run_file(f"{ONE}\n", name="before")
    job = register(put(f"{ONE}\n", key_of(ImportKind.UNBLOCK, "prj_1", "x")), NOW + 1)
    with fault(dying_after, on={"TransactWriteItems"}, when=step(1)), pytest.raises(Crash):
        run_import(job.id, import_run(NOW + 1))

    assert verdicts(end_of(job)) == [("not_blocked", "")]


@pytest.mark.parametrize("number", range(1, 11))
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_PRI_8_an_interrupted_forget_import_ends_the_same(crash: Fault, number: int) -> None:
    create_lead()
    job = register(put("202-555-0147\nnobody@example.com\n", key_of(ImportKind.FORGET, "prj_1", "x")))
    run_import(job.id, import_run())
    confirmed(lambda confirmation: confirm_import(MANAGER, job.id, confirmation, NOW))
    cut_off(job, crash, number)

    after = end_of(job)
    finish_due_erasures(lambda: True, LATER)
    assert [(row["verdict"], row["detail"]) for row in result_rows(after)] == [
        ("forgotten", "1"),
        ("unknown", ""),
    ]
    assert facts_of("lead_1").erased_at is not None


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_PRI_26_interrupted_leads_are_stored_once(crash: Fault, number: int) -> None:
    text = "phone\n202-555-0141\n202-555-0142\n202-555-0143\n202-555-0141\n202-555-0145\n"
    job = register(put(text, key_of(ImportKind.LEADS, "cmp_1", "x")))
    cut_off(job, crash, number)

    after = end_of(job)
    result = [row["detail"] for row in result_rows(after)]
    assert after.progress.by_verdict == {"accepted": 5}
    assert len(set(result)) == 5
