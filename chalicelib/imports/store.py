"""Imports: their progress, leases, lists and open marks, and the last file of each key (table `counters`)."""

import hashlib
import heapq
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any, ClassVar

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import Delete, Key, Put, Write
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.paging import Page
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.imports.domain.import_job import (
    DESK,
    FileFailure,
    Import,
    ImportKind,
    ImportProgress,
    ImportState,
    Layout,
    Upload,
)

_SLOT = "import"
_LATEST = "latest"


class ImportRow(Row):
    """An import (`import#<id>`), its entry in a list, the mark that it is open, or the last file of a key."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)
    job_id = UnicodeAttribute(null=True)
    sequencer = UnicodeAttribute(null=True)
    leased_until = NumberAttribute(null=True)
    version = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


@dataclass(frozen=True)
class LatestUpload:
    """The last file that was uploaded under a key, and its import."""

    job_id: str
    sequencer: str


def insert(job: Import) -> list[Write]:
    """Return the writes of a new import and its list entry, under the condition that neither exists."""
    absent = rows.absent_or_expired(ImportRow, job.created_at)
    entry = ImportRow(
        _list_of(job.project), _entry_of(job.created_at, job.id), job_id=job.id, expires_at=job.expires_at
    )
    return [Put(_row(job), absent), Put(entry, absent)]


def mark_open(job: Import) -> Put:
    """Return the mark that an import is to be worked on; it may be written again."""
    return Put(ImportRow(_open_of(job.kind), job.id, expires_at=job.expires_at), None)


def get(job_id: str, now: int) -> Import | None:
    """Return an import, or None."""
    row = rows.get(ImportRow, f"import#{job_id}", _SLOT, now)
    return None if row is None or row.body is None else _job(row.body)


def open_ids(kind: ImportKind, now: int) -> list[str]:
    """Return the ids of the open imports that the same function works on, oldest first."""
    return [row.slot for row in rows.query(ImportRow, _open_of(kind), now)]


def acquire(job: Import, now: int) -> Put:
    """Return the write that takes the lease of an import, if it is free and the import is as it was read."""
    free = ImportRow.leased_until.does_not_exist() | (ImportRow.leased_until <= now)
    return Put(_row(job), (ImportRow.version == job.version - 1) & free)


def put(job: Import) -> Put:
    """Return the write of an import, under the condition that the version before is stored."""
    return Put(_row(job), ImportRow.version == job.version - 1)


def close(job: Import) -> list[Write]:
    """Return the writes of an import that needs no more work for now."""
    return [put(job), Delete(ImportRow(_open_of(job.kind), job.id))]


def latest(upload: Upload, now: int) -> LatestUpload | None:
    """Return the last file that was uploaded under the key, or None."""
    row = rows.get(ImportRow, _key_of(upload), _LATEST, now)
    return None if row is None else LatestUpload(row.job_id or "", row.sequencer or "")


def set_latest(upload: Upload, job: Import, before: LatestUpload | None, now: int) -> Put:
    """Return the write that makes this the key's last file, if the stored one is still `before` (PRI-19)."""
    row = ImportRow(
        _key_of(upload), _LATEST, job_id=job.id, sequencer=upload.sequencer, expires_at=job.expires_at
    )
    if before is None:
        return Put(row, rows.absent_or_expired(ImportRow, now))
    return Put(row, ImportRow.sequencer == before.sequencer)


def list_page(projects: Iterable[str], limit: int, after: str | None, now: int) -> Page[Import, str]:
    """Return up to `limit` imports of these projects, newest first; the position is the sort key of the last one."""
    lists = (_entries(project, after, limit + 1) for project in projects)
    entries = list(islice(heapq.merge(*lists, reverse=True), limit + 1))
    jobs = list(_read([entry.rpartition("#")[2] for entry in entries[:limit]], now))
    return Page(jobs, entries[limit - 1] if len(entries) > limit else None)


def _read(ids: list[str], now: int) -> Iterator[Import]:
    rows_read = batch.read_many([Key(ImportRow, f"import#{job_id}", _SLOT) for job_id in ids], now)
    for job_id in ids:
        row = rows_read.get(ImportRow, f"import#{job_id}", _SLOT)
        if row is not None and row.body is not None:
            yield _job(row.body)


def _entries(project: str, after: str | None, limit: int) -> Iterator[str]:
    between = None if after is None else ImportRow.slot < after
    page = rows.page(ImportRow, _list_of(project), limit=limit, between=between, newest_first=True)
    yield from (item["slot"]["S"] for item in page.items)


def _list_of(project: str) -> str:
    return f"imports#{project}"


def _entry_of(created_at: int, job_id: str) -> str:
    return f"{created_at:012d}#{job_id}"


def _open_of(kind: ImportKind) -> str:
    return f"imports_open#{'desk' if kind in DESK else kind}"


def _key_of(upload: Upload) -> str:
    return f"import_key#{hashlib.sha256(f'{upload.bucket}/{upload.key}'.encode()).hexdigest()}"


def _row(job: Import) -> ImportRow:
    return ImportRow(
        f"import#{job.id}",
        _SLOT,
        body=zlib.compress(json.dumps(asdict(job), separators=(",", ":")).encode()),
        leased_until=job.leased_until,
        version=job.version,
        expires_at=job.expires_at,
    )


def _job(packed: bytes) -> Import:
    body: dict[str, Any] = json.loads(zlib.decompress(packed))
    layout, upload, failure = body["layout"], body["upload"], body["failure"]
    if layout is not None and layout["header"] is not None:
        layout["header"] = tuple(layout["header"])
    return Import(
        **{
            **body,
            "kind": ImportKind(body["kind"]),
            "state": ImportState(body["state"]),
            "upload": None if upload is None else Upload(**upload),
            "layout": None if layout is None else Layout(**layout),
            "failure": None if failure is None else FileFailure(**failure),
            "progress": ImportProgress(**body["progress"]),
        }
    )
