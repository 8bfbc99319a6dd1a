"""The local stack's tools that need no running stack: the engine's log and queries, the progress of `make up`."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from infra.local import progress
from infra.local.logs import EngineLog, labelled
from infra.local.stack_config import ROOT, LocalStackError, require_loopback


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


_SAME = """
import itertools, random
from ministack.services import dynamodb
import engine_key_conditions as ours

whole = dynamodb._evaluate_condition
ours.read_once(dynamodb)
chance, names = random.Random(5), {"#0": "ref", "#1": "entry"}
keys = [{"S": text} for text in ("a", "ab", "b", "\u00e9", "")]
keys += [{"N": text} for text in ("1", "10", "2", "1.0", "-1")]
parts = ("#1 = :1", "#1 < :1", "#1 <= :1", "#1 > :1", "#1 >= :1", "begins_with (#1, :1)", "#1 BETWEEN :1 AND :2")
texts = ["#0 = :0", *(f"(#0 = :0 AND {part})" for part in parts), *(f"#0 = :0 AND {part}" for part in parts)]
assert all(ours.clauses_of(text) for text in texts)
assert not any(map(ours.clauses_of, ("#0 = :0 OR #1 = :1", "#0 = :0 AND NOT #1 = :1", "size (#1) > :1", "a = :0")))

def result(way, text, row, values):
    try:
        return way(text, row, values, names, slot=ours.SLOT)
    except ValueError as error:
        return str(error)

for text, kept, low, high in itertools.product(texts, keys, keys, keys):
    row = {"ref": {"S": chance.choice("xy")}, **({"entry": kept} if chance.random() < 0.9 else {})}
    values = {":0": {"S": "x"}, ":1": low, ":2": high}
    if "BETWEEN" in text and dynamodb._between_bounds_error(low, high):
        continue  # the query is refused before its rows are looked at
    assert result(dynamodb._evaluate_condition, text, row, values) == result(whole, text, row, values), (text, row)
"""


def test_the_engines_queries_select_the_same_rows_as_without_our_reading_of_conditions() -> None:
    _run_in_engine(_SAME)


_TRIED_AGAIN = """
import json, threading
from ministack.services import eventbridge, lambda_svc
import engine_events

engine_events.try_again_as_lambda(eventbridge)
arn = "arn:aws:lambda:us-east-1:000000000000:function:example"
event, received, over = {"id": "1"}, [], threading.Event()
config = {"FunctionName": "example", "FunctionArn": arn}
known = {arn: ({"config": config}, config, "example")}

def execute(function, event):
    received.append(event)
    if len(received) == int(FAILING) + 1:
        over.set()
    return {"error": len(received) <= int(FAILING)}

lambda_svc._get_func_record_for_ref = lambda ref: known.get(ref, (None, None, ref))
lambda_svc._execute_function = execute
eventbridge._dispatch_to_lambda("of no function", json.dumps(event))
eventbridge._dispatch_to_lambda(arn, json.dumps(event))
assert over.wait(30), received
assert received == [event] * (int(FAILING) + 1)
"""


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_function_that_fails_on_a_schedule_is_tried_again_with_the_same_event(failing: int) -> None:
    _run_in_engine(_TRIED_AGAIN.replace("FAILING", str(failing)), LAMBDA_ASYNC_RETRY_BASE_SECONDS="0.01")


_BY_PATH = """
from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners
import engine_throttles

engine_throttles.read_paths_as_cloudformation(provisioners)
given = [("*", "/*", 5), ("GET", "/~1v1~1leads~1{lead_id}", 1)]
settings = [{"HttpMethod": each[0], "ResourcePath": each[1], "ThrottlingRateLimit": each[2]} for each in given]
stage = {"methodSettings": provisioners._apigw_method_settings(settings)}
routes = [("GET", "/v1/leads/{lead_id}"), ("PATCH", "/v1/leads/{lead_id}"), ("GET", "/v1/leads")]
rates = [apigateway_v1._method_throttle_settings(stage, path, method) for method, path in routes]
assert [each["throttlingRateLimit"] for each in rates] == [1, 5, 5], rates
"""


def test_ACC_13_the_engine_gives_a_route_the_throttle_of_the_template() -> None:
    _run_in_engine(_BY_PATH)


def _run_in_engine(code: str, **environment: str) -> None:
    engine = ROOT / ".local" / "engine" / "bin" / "python"
    ended = subprocess.run(
        [engine, "-c", code],
        cwd=ROOT / "infra" / "local",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]


@pytest.mark.parametrize(
    "url", ["https://api.example.com/v1", "http://10.0.0.1:4566", "http://127.0.0.1.example.com", "http://"]
)
def test_only_a_stack_on_this_machine_is_loaded(url: str) -> None:
    with pytest.raises(LocalStackError, match="this machine"):
        require_loopback("http://127.0.0.1:4566", url)
