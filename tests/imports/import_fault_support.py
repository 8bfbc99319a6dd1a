"""Helpers of the tests of imports under faults."""

from contextlib import suppress

import pytest

from chalicelib.imports.domain.import_job import Import, ImportKind, ImportState
from chalicelib.imports.usecases import run_import as use_case
from chalicelib.imports.usecases.run_import import run_import
from tests.factories.imports import (
    all_blocks,
    example_numbers,
    get_import,
    import_run,
    lines,
    result_rows,
    run_file,
)
from tests.factories.leads import NOW
from tests.harness.faults import WRITES, Crash, Fault, fault, step

ONE, TWO, THREE = "+12025550101", "+12025550102", "+12025550103"

LATER = NOW + 600

FILE = lines([*example_numbers(9), *example_numbers(2), "4.47911E+11", f"{ONE},30", f"{TWO},60"])


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


def cut_off(job: Import, crash: Fault, number: int, now: int = NOW) -> None:
    """Let the process die at one of its writes, if there is such a write."""
    with fault(crash, on=WRITES, when=step(number)), suppress(Crash):
        run_import(job.id, import_run(now))
