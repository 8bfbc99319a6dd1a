"""B6 and B7: the cost of a row of a block list, and the memory of a long file compared with a short one."""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSResponse

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import rows
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import Import, ImportState, Upload
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import ImportRun, run_import
from chalicelib.organisation import store as configuration
from tests.benchmarks.environment import in_memory
from tests.benchmarks.figures import Figure, least_of
from tests.harness.faults import Attempt, _answer

_ROWS = 20_000
_SHORT, _LONG = 10_000, 1_000_000
_NOW = 1_800_000_000
_KEY = "imports/block/prj_1/list.csv"
_FORMS = ("+1{}55501{:02d}", "({}) 555-01{:02d}", "{}-555-01{:02d}", "{} 555 01{:02d}")


def figures(rounds: int = 3) -> list[Figure]:
    """Return B6 and B7."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(b"".join(number_file(_ROWS)))
        own, floor = least_of(rounds, lambda: _import_seconds(path), lambda: _floor_seconds(path))
    short, long = (_memory_of(rows) for rows in (_SHORT, _LONG))
    return [
        Figure("B6", "block import: CPU a row", "µs", 0.4, own / _ROWS * 1e6, floor / _ROWS * 1e6),
        Figure("B7", "import memory at 1,000,000 rows ÷ at 10,000 rows", "MB", 1.1, long, short),
    ]


def number_file(count: int) -> Iterator[bytes]:
    """Yield a file of so many numbers in mixed forms, all different up to 78,000."""
    codes = [code for code in range(201, 990) if code % 100 != 11]
    for number in range(count):
        form = _FORMS[number % len(_FORMS)]
        yield (form.format(codes[number // 100 % len(codes)], number % 100) + "\n").encode()


def _import_seconds(path: Path) -> float:
    """Return the CPU seconds of the import above the network, with everything that happens for each row."""
    with _environment(path) as job:
        began = time.process_time()
        run_import(job.id, ImportRun(lambda: _NOW, lambda: True))
        spent = time.process_time() - began
        ended = imports.get(job.id, _NOW)
        assert ended is not None
        assert ended.state is ImportState.DONE, ended
    return spent


def _floor_seconds(path: Path) -> float:
    """Return the CPU seconds of `csv` and boto3's `batch_writer` on the same file, above the network."""
    session = boto3.session.Session("testing", "testing", region_name="us-east-1")
    table = session.resource("dynamodb").Table("blocks")
    table.meta.client.meta.events.register_first("before-send.dynamodb.BatchWriteItem", _accept_batch)
    with path.open(newline="") as lines:
        began = time.process_time()
        with table.batch_writer() as writer:
            for number, row in enumerate(csv.reader(lines)):
                writer.put_item(Item=_item(row[0], number))
        return time.process_time() - began


def _item(contact: str, number: int) -> dict[str, Any]:
    """Return an item with the attributes and sizes of a block."""
    return {
        "ref": f"037e77b9.ECKcNT_9SdgmC1t234BME2ECQyh0ZKIVVZ7VUI{number:05d}",
        "scope": "prj_1",
        "scope_shard": f"prj_1#{number % 16:02d}",
        "blocked_at": _NOW,
        "by_kind": "job",
        "by_id": "imp_01acd0f41adb62875b6e3aed25",
        "masked": "…01",
        "number": contact,
        "version": 1,
        "by_line": number,
    }


def _accept_batch(request: Any, **_: Any) -> AWSResponse:
    return _response(request, {"UnprocessedItems": {}})


def _response(request: Any, body: dict[str, Any]) -> AWSResponse:
    return _answer(Attempt(1, "", {}, 1, request.url, _unsent), 200, body)


def _unsent() -> AWSResponse:
    raise AssertionError


@contextmanager
def _environment(path: Path) -> Iterator[Import]:
    """Provide an organisation in which batch writes are dropped and files are on the disk."""

    with in_memory(), _on_disk(path), _discarded_batches():
        job = register_upload(Upload("bucket", _KEY, "etag", "01", path.stat().st_size), _NOW)
        assert job is not None
        yield job


class _DiscardingEmitter:
    """The event emitter of an endpoint. It answers batches before any handler sees them."""

    def __init__(self, events: Any) -> None:
        self._events = events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Answer a batch; pass other events on."""
        if (
            event_name == "before-send.dynamodb.TransactWriteItems"
            and b'"blocked_at"' in kwargs["request"].body
        ):
            return [(None, _response(kwargs["request"], {}))]
        if event_name == "before-send.dynamodb.BatchGetItem":
            return [(None, _response(kwargs["request"], {"Responses": {}, "UnprocessedKeys": {}}))]
        return self._events.emit(event_name, **kwargs)


@contextmanager
def _discarded_batches() -> Iterator[None]:
    configuration.ConfigRow._get_connection()
    endpoint: Any = rows.connection().client._endpoint
    events = endpoint._event_emitter
    endpoint._event_emitter = _DiscardingEmitter(events)
    try:
        yield
    finally:
        endpoint._event_emitter = events


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    folder = path.parent

    def read_chunks(key: str, etag: str, size: int, start: int = 0) -> Iterator[bytes]:
        with path.open("rb") as content:
            content.seek(start)
            while piece := content.read(s3._PIECE):
                yield piece

    def at(key: str) -> Path:
        return folder / key.replace("/", "_")

    def join_parts(key: str, contents: Iterable[bytes]) -> None:
        with at(key).open("wb") as joined:
            joined.writelines(contents)

    stand_ins: dict[str, Callable[..., Any]] = {
        "pieces": read_chunks,
        "write": lambda key, content: at(key).write_bytes(content),
        "read": lambda key: at(key).read_bytes(),
        "join": join_parts,
        "remove": lambda keys: list(map(_remove, map(at, keys))),
        "remove_if": lambda key, etag: None,
    }
    with ExitStack() as patched:
        for name, stand_in in stand_ins.items():
            patched.enter_context(patch.object(s3, name, stand_in))
        yield


def _memory_of(rows: int) -> float:
    """Return the peak memory, in megabytes, of a separate process that imported so many rows."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bulk", str(rows)],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": "0"},
    )
    return float(json.loads(process.stdout.splitlines()[-1]))


def main(rows: int) -> None:
    """Import so many rows and print the peak memory in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        with path.open("wb") as content:
            content.writelines(number_file(rows))
        _import_seconds(path)
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


if __name__ == "__main__":
    main(int(sys.argv[1]))
