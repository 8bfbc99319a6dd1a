"""One JSON object a line, named keys only, and no value of an exception."""

import json
import logging
import os
import subprocess
import sys
import traceback
from typing import Any

import pytest

from chalicelib import observability
from chalicelib.observability import EventFailed, observe

CANARY = "canary-ann@example.com"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_only_named_keys_can_be_logged() -> None:
    with pytest.raises(ValueError, match="email"):
        observability.log("INFO", "event", email=CANARY)


def test_lines_below_the_log_level_are_not_written() -> None:
    code = "from chalicelib.observability import log; log('INFO', 'detail'); log('WARNING', 'notice')"
    environment = os.environ | {"LOG_LEVEL": "WARNING"}
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    ).stdout.splitlines()
    assert [json.loads(line)["message"] for line in process] == ["notice"]


def test_a_metric_is_embedded_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    observability.metric("ErasureLag", 12.5, "Seconds", function="FinishErasures")
    (line,) = lines(capsys)
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert declared["Namespace"] == "Leadwarden"
    assert [(metric["Name"], metric["Unit"]) for metric in declared["Metrics"]] == [("ErasureLag", "Seconds")]
    assert {*declared["Dimensions"][0]} == {"stage", "function"}
    assert (line["ErasureLag"], line["function"], line["stage"]) == ([12.5], "FinishErasures", "test")
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000


def test_an_event_function_keeps_its_name_and_result(capsys: pytest.CaptureFixture[str]) -> None:
    @observe
    def count_things(event: dict[str, int]) -> int:
        """Count."""
        return event["n"] + 1

    assert count_things({"n": 1}) == 2
    assert (count_things.__name__, count_things.__doc__) == ("count_things", "Count.")
    (line,) = lines(capsys)
    assert (line["message"], line["function"]) == ("event", "count_things")


def test_a_failed_event_function_raises_without_values(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    @observe
    def raise_key_error(event: str) -> None:
        raise KeyError(event)

    with caplog.at_level(logging.DEBUG), pytest.raises(EventFailed) as failure:
        raise_key_error(CANARY)
    output = "".join(traceback.format_exception(failure.value)) + caplog.text
    printed = lines(capsys)
    assert CANARY not in output + json.dumps(printed)
    assert str(failure.value) == "KeyError"
    assert printed[0]["kind"] == "KeyError"
    assert any("raise_key_error" in frame for frame in printed[0]["frames"])
    assert printed[1]["EventFailures"] == [1.0]


def test_event_functions_do_not_load_heavy_libraries() -> None:
    code = "import sys, chalicelib.observability; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"boto3", "pydantic", "jwt", "cryptography"} & set(loaded)


def test_the_application_starts_without_rarely_used_modules() -> None:
    code = "import sys, app; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"boto3", "jwt", "cryptography", "email_validator", "phonenumbers"}
    assert not heavy & set(loaded)
