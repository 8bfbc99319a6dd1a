"""Imports under faults (fault rows 29 … 37). Each row also without its protection."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.imports import store as imports
from chalicelib.imports.domain import dialect, rows, uploads
from chalicelib.imports.domain.import_job import FileFailure, Import, ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases import import_blocks, import_file
from chalicelib.imports.usecases import run_import as use_case
from chalicelib.imports.usecases.change_import import confirm_import
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import run_import
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from tests.factories.imports import (
    all_blocks,
    bucket,
    create_bucket,
    example_numbers,
    get_block,
    get_import,
    import_run,
    keys,
    lines,
    put,
    register,
    result_rows,
    run_file,
    s3_client,
    verdicts,
)
from tests.factories.leads import DAY, MANAGER, NOW, confirmed, create_lead, create_organisation, facts_of
from tests.harness.faults import (
    WRITES,
    Crash,
    Fault,
    always,
    dying,
    dying_after,
    fault,
    first,
    first_of_each_call,
    lost,
    meanwhile,
    metered,
    step,
    throttled,
    unprocessed,
)

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO, THREE = "+12025550101", "+12025550102", "+12025550103"
LATER = NOW + 600
FILE = lines([*example_numbers(9), *example_numbers(2), "4.47911E+11", f"{ONE},30", f"{TWO},60"])


@pytest.fixture(autouse=True)
def _set_up(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    create_organisation()
    create_bucket()
    in_batches_of(4, monkeypatch)


def in_batches_of(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_case, "AT_ONCE", dict.fromkeys(ImportKind, count))


def end_of(job: Import, now: int = LATER) -> Import:
    """Let the schedule work until the import has ended."""
    for minute in range(6):
        run_import(job.id, import_run(now + minute * 200))
    return get_import(job.id)


def same_as_in_one_go(job: Import, of: str = FILE) -> None:
    """Compare an import's result, counts and blocks with those of an uninterrupted import on another scope."""
    own, theirs = get_import(job.id), run_file(of, name="in one go", scope="*", now=NOW)
    assert own.state is ImportState.DONE
    assert result_rows(own) == result_rows(theirs)
    assert own.progress.by_verdict == theirs.progress.by_verdict
    assert own.progress.invalid_by_reason == theirs.progress.invalid_by_reason
    rows_of = [
        [
            {name: value for name, value in row.items() if name not in ("scope", "scope_shard")}
            for row in all_blocks()
            if row["scope"] == scope
        ]
        for scope in ("prj_1", "*")
    ]
    assert rows_of[0] == rows_of[1]


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


# 31: the file is deleted or replaced while it is read


@pytest.mark.parametrize(("what", "code"), [("delete", "file_gone"), ("replace", "file_replaced")])
def test_row_31_a_missing_file_fails_with_the_line(
    what: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_PIECE", 64)
    upload = put(FILE)
    job = register(upload)
    run_import(job.id, import_run(batches=1))
    if what == "delete":
        s3_client().delete_object(Bucket=bucket(), Key=upload.key)
    else:
        s3_client().put_object(Bucket=bucket(), Key=upload.key, Body=lines(example_numbers(30, 500)).encode())

    run_import(job.id, import_run(LATER))

    after = get_import(job.id)
    assert (after.state, after.failure) == (ImportState.FAILED, FileFailure(code, 5))
    assert [row["row"] for row in result_rows(after)] == ["1", "2", "3", "4"]
    assert (upload.key in keys()) == (what == "replace")


def test_row_31_without_the_pinned_version_other_rows_would_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = put(FILE)
    job = register(upload)
    run_import(job.id, import_run(batches=1))
    s3_client().put_object(Bucket=bucket(), Key=upload.key, Body=lines(example_numbers(14, 500)).encode())
    monkeypatch.setattr(s3, "pieces", read_any_version)

    run_import(job.id, import_run(LATER))

    assert get_block(example_numbers(1, 510)[0]) is not None


def read_any_version(key: str, etag: str, size: int, start: int = 0) -> Iterator[bytes]:
    yield s3.read(key)[start:]


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


STEPS = range(1, 12)


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
    with fault(dying_after, on={"BatchWriteItem"}, when=step(1)), pytest.raises(Crash):
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
    assert [one for one, _ in verdicts(after)] == [
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


def cut_off(job: Import, crash: Fault, number: int, now: int = NOW) -> None:
    """Let the process die at one of its writes, if there is such a write."""
    with fault(crash, on=WRITES, when=step(number)), suppress(Crash):
        run_import(job.id, import_run(now))


@pytest.mark.parametrize("number", range(1, 12))
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


# 35: bad rows


BAD = {
    "a NUL": (b"+1202555\x000101", "control_character"),
    "an endless field": (b"x" * 131_073, "too_long"),
    "an open quote": (b'"+12025550101', "open_quote"),
    "another encoding": ("+12025550101 für immer".encode("latin-1"), "bad_encoding"),
    "half a quote": (b'+12025550101,"30"x', "bad_quote"),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_row_35_a_bad_row_is_named_by_line_and_affects_no_other(what: str, end: bytes) -> None:
    bad, reason = BAD[what]
    content = b"\xef\xbb\xbf" + end.join([b"+12025550101", bad, b"+12025550102", b"+12025550103\n", b""])

    job = run_file(content)

    shown_values = [(row["row"], row["verdict"], row["reason"]) for row in result_rows(job)]
    assert shown_values == [
        ("1", "blocked", ""),
        ("2", "invalid", reason),
        ("3", "blocked", ""),
        ("4", "blocked", ""),
    ]


def test_row_35_a_lenient_reader_would_swallow_rows_after_an_open_quote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "_gather", lambda first, source: [first, *iter(source.take, None)])
    monkeypatch.setattr(rows, "_quoted", lambda content, _: ((content.decode(),), None))

    job = run_file(f'{ONE}\n"{TWO}\n{THREE}\n{TWO}\n')

    assert job.progress.read < 4


# 36: bombs


def test_row_36_a_zip_bomb_is_refused_before_any_row() -> None:
    job = run_file(gzip.compress(b"+12025550101\n" + b"0" * 20_000_000))

    assert (job.failure, job.progress.read, all_blocks()) == (FileFailure("packed_too_tightly"), 0, [])


def test_row_36_a_file_that_is_too_large_is_not_opened() -> None:
    upload = replace(put(FILE), size=50 * 1024**3)
    job = register(upload)
    run_import(job.id, import_run())

    assert get_import(job.id).failure == FileFailure("file_too_large")


def test_row_36_too_many_rows_are_refused_before_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_file, "MAX_ROWS", 13)

    job = run_file(FILE)

    assert (job.failure, all_blocks()) == (FileFailure("too_many_rows", 14), [])


def test_row_36_without_the_limit_the_bomb_would_be_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_file, "_MAX_RATIO", 10**9)

    job = run_file(gzip.compress(b"+12025550101\n" + b"0" * 20_000_000))

    assert job.layout is not None
    assert job.layout.bytes > 20_000_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        ("+12025550101\n".encode("utf-16"), "not_utf8"),
        (b"PK\x03\x04rest", "not_csv"),
        (gzip.compress(FILE.encode())[:-20], "broken_gzip"),
        (b"\x1f\x8bnothing", "broken_gzip"),
    ],
    ids=["nothing", "blank", "utf_16", "zip", "cut_off", "no_gzip"],
)
def test_PRI_23_an_unreadable_file_fails_completely(content: bytes, code: str) -> None:
    job = run_file(content)

    assert job.failure is not None
    assert (job.state, job.failure.code) == (ImportState.FAILED, code)
    assert all_blocks() == []
    assert dialect.SAMPLE_LINES > 1


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
