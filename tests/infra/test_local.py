"""The local stack's tools that need no running stack: the engine's log, the progress of `make up`."""

import time
from pathlib import Path

import pytest

from infra.local import progress
from infra.local.logs import EngineLog, labelled


def test_the_engines_log_begins_with_its_last_lines_and_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    log = EngineLog(path)
    assert log.lines() == []
    path.write_text("".join(f"line {number}\n" for number in range(50)) + "half of")

    assert log.lines() == [f"line {number}" for number in range(30, 50)]
    with path.open("a") as writing:
        writing.write(" a line\nand more\n")
    assert log.lines() == ["half of a line", "and more"]
    assert log.lines() == []


def test_the_engines_log_is_read_anew_after_a_reset(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    path.write_text("before the reset\n")
    log = EngineLog(path)
    log.lines()
    path.write_text("after\n")

    assert log.lines() == ["after"]


def test_lines_say_where_they_come_from() -> None:
    assert labelled("engine", "Ready \n") == "engine           Ready"


def test_a_step_says_how_long_it_takes_reports_and_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_EVERY_S", 0.05)

    with progress.step("Package", "a minute"):
        time.sleep(0.2)

    said = capsys.readouterr().err.splitlines()
    assert said[0] == "· Package (a minute)"
    assert "· Package: 0 s so far" in said
    assert said[-1] == "· Package: done in 0 s"
