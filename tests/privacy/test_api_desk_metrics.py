"""The metrics of the desk's functions, for its alarms (PRI-23, PRI-32)."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from chalicelib import settings
from chalicelib.audit.domain import WAIT_S
from chalicelib.audit.handlers.seal_ledger import seal_ledger
from chalicelib.audit.usecases.seal_day import seal_age_s, seal_days
from chalicelib.aws import clients
from chalicelib.core.times import DAY_S
from chalicelib.imports.usecases.run_import import run_import
from tests.factories.imports import create_bucket, import_run, put, register
from tests.factories.leads import NOW, create_organisation
from tests.harness.faults import fault, throttled

pytestmark = pytest.mark.usefixtures("aws")

_EVENT = {
    "version": "0",
    "source": "aws.events",
    "account": "1",
    "region": "us-east-1",
    "detail-type": "Scheduled Event",
    "detail": {},
    "time": "t",
    "id": "1",
    "resources": [],
}


@pytest.fixture
def seals(aws: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SEALS_BUCKET", "seals-test")
    settings.current.cache_clear()
    clients.clear_cache()
    boto3.client("s3").create_bucket(Bucket="seals-test")
    yield
    clients.clear_cache()


def measured(output: str, name: str) -> list[float]:
    """Return the values of a metric."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [value for line in lines for value in line.get(name, [])]


def test_PRI_32_the_age_of_the_last_seal_grows_by_each_missing_day(seals: None) -> None:
    midnight = NOW - NOW % DAY_S
    assert seal_age_s(NOW) is None
    seal_days("run_1", lambda: True, midnight + WAIT_S)
    assert seal_age_s(midnight + WAIT_S) == WAIT_S
    assert seal_age_s(midnight + DAY_S + WAIT_S + 300) == DAY_S + WAIT_S + 300


def test_PRI_32_sealing_measures_the_age_of_the_last_seal(
    seals: None, capsys: pytest.CaptureFixture[str]
) -> None:
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
    seal_ledger(_EVENT, context)
    (age,) = measured(capsys.readouterr().out, "SealAgeSeconds")
    assert WAIT_S <= age < DAY_S + WAIT_S


def test_PRI_23_a_failed_try_of_an_import_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    create_organisation()
    create_bucket()
    job = register(put("202-555-0147\n"))
    with fault(throttled, on={"BatchGetItem"}):
        assert not run_import(job.id, import_run())
    assert measured(capsys.readouterr().out, "ImportsFailed") == [1.0]
    assert run_import(job.id, import_run(NOW + 3_600))
    assert measured(capsys.readouterr().out, "ImportsFailed") == []
