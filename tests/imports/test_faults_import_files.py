"""Files that disappear, have bad rows or are too large (fault rows 31, 35, 36), also without each protection."""

import gzip
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.aws import s3
from chalicelib.imports.domain import dialect, rows
from chalicelib.imports.domain.import_job import FileFailure, ImportState
from chalicelib.imports.usecases import import_file
from chalicelib.imports.usecases.run_import import run_import
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
)
from tests.factories.leads import create_organisation
from tests.imports.import_fault_support import FILE, LATER, ONE, THREE, TWO, in_batches_of

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def _set_up(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    create_organisation()
    create_bucket()
    in_batches_of(4, monkeypatch)


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
    assert dialect.SAMPLE_ROWS > 1
