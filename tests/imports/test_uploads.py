"""A file, and another one of the same key: late, early or identical (PRI-18, PRI-19)."""

import json

import pytest

from chalicelib.imports.domain.import_job import KEPT_S, FileFailure, ImportKind, ImportState
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.change_import import cancel_import
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import continue_imports, run_import
from tests.factories.imports import (
    all_blocks,
    create_bucket,
    example_numbers,
    get_block,
    get_import,
    import_run,
    keys,
    lines,
    put,
    register,
    run_file,
)
from tests.factories.leads import MANAGER, NOW, create_organisation
from tests.harness.faults import Crash, dying, fault, step

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO = "+12025550101", "+12025550102"
KEY = key_of(ImportKind.BLOCK, "prj_1", "dnc")


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()
    create_bucket()


@pytest.mark.parametrize("late", [0, 1, 86_400])
def test_PRI_19_a_weekly_file_of_one_name_is_imported_every_time(late: int) -> None:
    run_file(f"{ONE}\n", name="dnc")
    week_later = NOW + KEPT_S + late  # the note of the first file has ended, and TTL has not removed it

    job = run_file(f"{TWO}\n", name="dnc", now=week_later)

    assert job.progress.by_verdict == {"blocked": 1}
    assert get_block(TWO, now=week_later) is not None


def test_PRI_19_the_same_file_during_its_import_is_an_import_without_changes() -> None:
    text = lines(example_numbers(30))
    first, second = register(put(text, KEY)), register(put(text, KEY))

    run_import(first.id, import_run())
    before = all_blocks()
    run_import(second.id, import_run())

    assert get_import(first.id).progress.by_verdict == {"blocked": 30}
    assert (get_import(second.id).failure, get_import(second.id).progress.by_verdict) == (
        None,
        {"already_blocked": 30},
    )
    assert all_blocks() == before
    assert KEY not in keys()


def test_PRI_25_cancelling_the_earlier_of_two_equal_files_keeps_the_later() -> None:
    text = lines(example_numbers(3))
    first, second = register(put(text, KEY)), register(put(text, KEY))

    cancel_import(MANAGER, first.id, NOW)
    run_import(first.id, import_run())
    assert KEY in keys()
    run_import(second.id, import_run())

    assert get_import(second.id).state is ImportState.DONE
    assert KEY not in keys()


@pytest.mark.parametrize(
    "name", ["2026/dnc.csv", "a/b/c.csv.gz", "dnc.CSV", "dnc.Csv.GZ", "..dnc.csv", "..a/b.csv"]
)
def test_PRI_18_folders_and_upper_case_extensions_are_accepted(name: str) -> None:
    job = register(put(f"{ONE}\n", f"imports/block/all/{name}"))
    run_import(job.id, import_run())

    assert get_block(ONE, "*") is not None


@pytest.mark.parametrize(
    "key",
    [
        "imports/block/ada.lovelace.csv",
        "imports/block/prj_1/../ada.lovelace.csv",
        "imports/block/prj 1/ada.lovelace.csv",
        "imports/forget//ada.lovelace.csv",
        "imports/leads/all/ada.lovelace.csv",
        "imports/unblock/ada.lovelace",
        "imports/ada.lovelace.csv",
        "imports/Block/prj_1/ada.lovelace.csv",
    ],
)
def test_FILE_B12_a_file_of_no_scope_fails_is_counted_and_its_name_is_not_logged(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    job = register(put(f"{ONE}\n", key))
    run_import(job.id, import_run())

    output = capsys.readouterr().out
    lines_said = [json.loads(line) for line in output.splitlines()]
    assert [line["level"] for line in lines_said if line.get("message") == "file not understood"] == [
        "WARNING"
    ]
    assert [line["FilesNotUnderstood"] for line in lines_said if "FilesNotUnderstood" in line] == [[1.0]]
    assert "lovelace" not in output
    ended = get_import(job.id)
    assert (ended.state, ended.failure, ended.scope) == (ImportState.FAILED, FileFailure("bad_key"), "")
    assert (all_blocks(), key in keys()) == ([], False)


@pytest.mark.parametrize(
    "name", ["list.txt", "list.TSV", "list", ".csv", "list.xlsx", "2026/list.dat", "a b.csv.txt"]
)
def test_FILE_B12_a_file_of_any_name_is_read_as_csv(name: str) -> None:
    job = register(put(f"{ONE}\n", f"imports/block/prj_1/{name}"))
    run_import(job.id, import_run())

    assert get_import(job.id).progress.by_verdict == {"blocked": 1}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04\x14\x00", "not_csv"),
        (b"%PDF\n%\xe2\xe3\xcf\n", "no_contact_column"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1Workbook", "not_utf8"),
        (b"<html><body>not found</body></html>", "no_contact_column"),
        (b'{"error": "expired"}\n', "no_contact_column"),
        ("phone\n+12025550101\n".encode("utf-16-le"), "not_utf8"),
    ],
)
def test_FILE_B12_another_content_fails_and_says_why(content: bytes, code: str) -> None:
    job = register(put(content, "imports/forget/prj_1/list.txt"))
    run_import(job.id, import_run())

    ended = get_import(job.id)
    assert ended.failure is not None
    assert (ended.failure.code, ended.progress.read) == (code, 0)


def test_PRI_18_a_console_folder_is_not_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert register_upload(put("", "imports/block/prj_1/2026/"), NOW) is None

    assert capsys.readouterr().out == ""


def test_PRI_23_the_schedule_continues_an_import_of_a_dead_worker() -> None:
    job = register(put(f"{ONE}\n", KEY))
    with fault(dying, when=step(2)), pytest.raises(Crash):
        run_import(job.id, import_run())

    assert continue_imports(ImportKind.BLOCK, import_run(NOW + 60)) == 0
    assert continue_imports(ImportKind.BLOCK, import_run(NOW + 121)) == 1
    assert get_import(job.id).state is ImportState.DONE
