"""The bars that need no stopwatch are checked in every test run (B1, B2, B5, B6, B8, B9)."""

import gc
from pathlib import Path

import pytest

from chalicelib.imports.usecases.run_import import ImportRun, run_import
from chalicelib.leads.store import leads
from tests.benchmarks import bulk, cost, cpu, forgets, sweep
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.imports import EVENTS, FLOOR, INTAKE, MeasuredFunction, api, start, start_of
from tests.factories.leads import NOW

MODULES = {
    "WatchLedger": 1.0,
    "IntakeHandler": 1.7,
    "APIHandler, campaigns.handlers": 1.7,
    "APIHandler, leads.handlers.leads": 1.7,
}


def test_B1_and_B2_hold_for_every_verdict() -> None:
    figures = cost.figures()

    assert {figure.number for figure in figures} == {"B1", "B2"}
    assert [figure.line() for figure in figures if not figure.met] == []


def test_B3_the_measured_handler_answers() -> None:
    figures = cpu.figures(rounds=2)

    assert [figure.number for figure in figures] == ["B3", "B3"]
    assert [figure.number for figure in figures if not (figure.figure or 0) > (figure.floor or 0) > 0] == []


def test_B9_a_forget_makes_about_one_call_for_each_item() -> None:
    figures = forgets.figures()

    assert {figure.number for figure in figures} == {"B1", "B9"}
    assert [figure.line() for figure in figures if not figure.met] == []


def test_B8_schedules_read_only_leads_past_their_deadline() -> None:
    figures = sweep.figures(5_000)

    assert [figure.number for figure in figures] == ["B8", "B8"]
    assert [figure.line() for figure in figures if not figure.met] == []


def test_B8_a_sweep_that_reads_too_much_misses_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = leads.list_worklist

    def whole_list(
        name: str, since: int, until: int, limit: int, after: str | None = None
    ) -> list[tuple[str, int]]:
        page = bounded(name, since, NOW, 10_000, after)
        return [(lead_id, at) for lead_id, at in page if at <= until]

    monkeypatch.setattr(leads, "list_worklist", whole_list)

    assert [figure.met for figure in sweep.figures(5_000)] == [False, True]


@pytest.mark.parametrize(
    "function",
    [api("campaigns.handlers"), api("leads.handlers.leads"), INTAKE, *EVENTS],
    ids=lambda function: function.name,
)
def test_B5_a_cold_start_imports_only_what_it_needs(function: MeasuredFunction) -> None:
    floor, own = start(FLOOR), start_of(function)

    assert own.packages <= function.allowed
    assert own.modules / floor.modules <= MODULES.get(function.name, 1.4)


def test_B6_a_batch_of_a_block_list_is_imported_without_a_search_for_cycles(tmp_path: Path) -> None:
    path, searches = tmp_path / "list.csv", []
    path.write_bytes(b"".join(bulk.number_file(4_000)))

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"]:
            searches.append(info)

    with bulk._environment(path) as job:
        gc.collect()
        gc.callbacks.append(note)
        try:
            run_import(job.id, ImportRun(lambda: bulk._NOW, lambda: True))
        finally:
            gc.callbacks.remove(note)

    assert len(searches) <= 4  # between the two batches; 13 without the pause
    assert gc.isenabled()


def test_a_missed_bar_is_reported() -> None:
    missed = Figure("B1", "a figure", "ms", 1.1, 12.0, 10.0)

    assert not missed.met
    assert "**missed**" in table([missed, Figure("B1", "another", "ms", 1.2, 12.0, 10.0)])
    assert table([missed]).count("| B1 |") == 1
