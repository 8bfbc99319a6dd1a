"""Files for tests, put into a bucket in memory and processed by the real use cases."""

import csv
import io
import itertools
from collections.abc import Sequence
from typing import Any

import boto3

from chalicelib import settings
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store import blocks
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import Import, ImportKind, Upload
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import ImportRun, run_import
from chalicelib.organisation.usecases.contact_forms import contact_forms
from tests.factories.leads import NOW

_numbers = itertools.count(1)


def s3_client() -> Any:
    """Return a client of the bucket in memory."""
    return boto3.client("s3")


def bucket() -> str:
    """Return the bucket's name."""
    return settings.current().imports_bucket


def create_bucket() -> None:
    """Create the bucket."""
    s3_client().create_bucket(Bucket=bucket())


def put(content: bytes | str, key: str = key_of(ImportKind.BLOCK, "prj_1", "a-list")) -> Upload:
    """Put a file and return its event's content."""
    body = content.encode() if isinstance(content, str) else content
    etag = s3_client().put_object(Bucket=bucket(), Key=key, Body=body)["ETag"].strip('"')
    return Upload(bucket(), key, etag, f"{next(_numbers):016X}", len(body))


def import_run(now: int = NOW, batches: int | None = None) -> ImportRun:
    """Return the time of a function run: enough for everything, or for so many batches."""
    left = itertools.count() if batches is None else iter(range(batches))
    return ImportRun(lambda: now, lambda: next(left, None) is not None)


def register(upload: Upload, now: int = NOW) -> Import:
    """Register a file's event and return its import."""
    job = register_upload(upload, now)
    assert job is not None
    return job


def run_file(
    content: bytes | str,
    kind: ImportKind = ImportKind.BLOCK,
    scope: str = "prj_1",
    now: int = NOW,
    name: str = "a-list",
) -> Import:
    """Import a file in one run and return the import at its end."""
    job = register(put(content, key_of(kind, scope, name)), now)
    run_import(job.id, import_run(now))
    return get_import(job.id, now)


def get_import(job_id: str, now: int = NOW) -> Import:
    """Return an import as it is now."""
    job = imports.get(job_id, now)
    assert job is not None
    return job


def result_rows(job: Import) -> list[dict[str, str]]:
    """Return the rows of a result."""
    content = s3_client().get_object(Bucket=bucket(), Key=job.result_key)["Body"].read().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def verdicts(job: Import) -> list[tuple[str, str]]:
    """Return result and reason of every row of a result file."""
    return [(row["verdict"], row["reason"]) for row in result_rows(job)]


def keys() -> list[str]:
    """Return the keys in the bucket."""
    return [content["Key"] for content in s3_client().list_objects_v2(Bucket=bucket()).get("Contents", [])]


def get_block(contact: str, scope: str = "prj_1", now: int = NOW) -> Block | None:
    """Return the block of a contact in normal form."""
    kind = "email" if "@" in contact else "phone"
    return blocks.get(contact_forms(now).refs(kind, contact).write, scope, now)


def all_blocks() -> list[dict[str, Any]]:
    """Return every block, without the names of the imports that made them."""
    rows = [row.attribute_values for row in blocks.BlockRow.scan()]
    shown_values = [{name: value for name, value in row.items() if name != "by_id"} for row in rows]
    return sorted(shown_values, key=lambda row: str(row["ref"]))


def example_numbers(count: int, start: int = 0) -> list[str]:
    """Return so many possible numbers: all 555-01xx of as many area codes as necessary."""
    codes = (code for code in range(201, 990) if code % 100 != 11)
    created = (f"+1{code}55501{last:02d}" for code in codes for last in range(100))
    return list(itertools.islice(created, start, start + count))


def lines(rows: Sequence[str]) -> str:
    """Return a file with these rows."""
    return "".join(f"{row}\n" for row in rows)
