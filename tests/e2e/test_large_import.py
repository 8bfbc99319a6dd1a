"""A file of 200,000 numbers in the bucket, with the worker killed half way (`make faults`).

PRI-18 … PRI-25, on the local stack, with EventBridge, the function's role, DynamoDB and S3.
"""

import csv
import io
import time
import urllib.request
from typing import Any

import pytest

from infra.local import aws
from tests.e2e.big_file import BigFile, big_file
from tests.e2e.stack import Stack, eventually
from tests.e2e.toggles import kill_worker

pytestmark = pytest.mark.faults
_EXAMPLE = "+1 303-555-01{:02d}"
_ALL_S = 1500
_SILENT_S = 30
_BATCH = 2000


def put_file(stack: Stack, name: str, content: bytes, kind: str = "block", scope: str | None = None) -> str:
    """Put a file into the bucket as an operator would, for the west project or another scope. Return its import."""
    bucket, scope = stack.described["buckets"]["ImportsBucket"], scope or stack.described["projects"]["west"]
    known = {item["job_id"] for item in _imports(stack)}
    key = f"imports/{kind}/{scope}/{name}"
    aws.client(stack.config, "s3").put_object(Bucket=bucket, Key=key, Body=content, ContentType="text/csv")
    new = eventually(lambda: [item for item in _imports(stack) if item["job_id"] not in known])
    assert [item["by"] for item in new] == [{"kind": "system", "id": "bucket", "name": None}]
    return str(new[0]["job_id"])


def _imports(stack: Stack) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = stack.user("manager").get("/v1/imports?limit=50").body["items"]
    return items


def read(stack: Stack, job_id: str) -> dict[str, Any]:
    """Read the import as the manager sees it."""
    answer = stack.user("manager").get(f"/v1/imports/{job_id}")
    assert answer.status == 200, answer.content
    item: dict[str, Any] = answer.body
    return item


def watch_import(stack: Stack, job_id: str, rows: int) -> list[dict[str, Any]]:
    """Watch an import until it has read so many rows or ended. Return each state seen, once for each checkpoint."""
    seen = [read(stack, job_id)]
    deadline = time.monotonic() + _ALL_S
    while seen[-1]["state"] == "running" and seen[-1]["rows"]["read"] < rows:
        assert time.monotonic() < deadline, seen[-1]
        time.sleep(1)
        now = read(stack, job_id)
        if now["rows"]["read"] > seen[-1]["rows"]["read"] or now["state"] != seen[-1]["state"]:
            seen.append(now)
    return seen


def verdicts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the verdict of each row, and the reason of each invalid one, from the result file."""
    with urllib.request.urlopen(result["result_url"], timeout=60) as answer:
        text = answer.read().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [int(row["row"]) for row in rows] == list(range(1, len(rows) + 1))
    assert not any("5550" in row["contact"] for row in rows)
    return [(row["verdict"], row["reason"] if row["verdict"] == "invalid" else "") for row in rows]


def test_PRI_23_200000_rows_survive_a_killed_worker(stack: Stack) -> None:
    """The schedule continues once the lease of the killed worker has ended."""
    file, before = big_file(), stack.count("blocks")
    job_id = put_file(stack, "numbers.csv", file.content)

    seen = watch_import(stack, job_id, len(file.verdicts) // 2)
    assert seen[-1]["state"] == "running", seen[-1]
    assert kill_worker(stack, "import-contacts")
    killed_at = read(stack, job_id)["rows"]["read"]
    time.sleep(_SILENT_S)
    assert read(stack, job_id)["rows"]["read"] <= killed_at + _BATCH
    job = watch_import(stack, job_id, len(file.verdicts) + 1)[-1]

    assert len(seen) > 5
    _assert_ended_as(stack, file, job)
    assert stack.count("blocks") - before == file.counts_by_result["blocked"]
    for number in (0, 57, 99):
        assert stack.post_lead(_EXAMPLE.format(number)).body["reason"] == "blocked"

    repeated = put_file(stack, "numbers.csv", file.content)
    job = watch_import(stack, repeated, len(file.verdicts) + 1)[-1]
    assert job["state"] == "done"
    assert set(job["rows"]["by_verdict"]) == {"already_blocked", "invalid"}
    assert stack.count("blocks") - before == file.counts_by_result["blocked"]


def _assert_ended_as(stack: Stack, file: BigFile, result: dict[str, Any]) -> None:
    assert result["state"] == "done", result
    assert result["rows"]["by_verdict"] == file.counts_by_result
    assert result["rows"]["invalid_by_reason"] == file.reasons
    assert verdicts(result) == file.verdicts
    store = aws.client(stack.config, "s3")
    left = store.list_objects_v2(Bucket=stack.described["buckets"]["ImportsBucket"])["Contents"]
    assert [item["Key"] for item in left if item["Key"].startswith(("imports/", "results/parts/"))] == []
