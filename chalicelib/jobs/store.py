"""Jobs: their work, their progress and their leases (table `counters`)."""

import json
import zlib
from dataclasses import asdict, replace
from typing import Any, ClassVar

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Delete, Put, Write
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.jobs.domain import COUNTS, Job, JobState, JobWork

_SLOT = "job"
_PART = "part#"


class JobRow(Row):
    """One job (`job#<id>`) and the parts of its list, or its queue entry (its queue, slot = id)."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)
    leased_until = NumberAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def insert(job: Job) -> list[Write]:
    """Return the writes of a new job and its queue entry. The job must not exist yet, or have expired.

    The queue entry is unconditional: a repeated write is the same.
    """
    return [enqueue(job), Put(JobRow(job.queue, job.id), None)]


def restart(job: Job, failed: Job) -> list[Write]:
    """Return the writes of a new job that replaces a failed one, if that is unchanged."""
    restarted = replace(job, version=failed.version + 1)
    return [put(restarted), Put(JobRow(restarted.queue, restarted.id), None)]


def enqueue(job: Job) -> Put:
    """Return the write of a job without a queue entry. No process continues it; it only shows progress."""
    return Put(_row(job), rows.absent_or_expired(JobRow, job.started_at))


def get(job_id: str, now: int) -> Job | None:
    """Return a job, or None."""
    row = rows.get(JobRow, _key(job_id), _SLOT, now)
    return None if row is None else _job(row)


def list_waiting(now: int, queue: str = COUNTS) -> list[str]:
    """Return the ids of the jobs that wait in a queue."""
    return [row.slot for row in rows.query(JobRow, queue, now)]


def acquire(job: Job, now: int, holder: str | None = None) -> Put:
    """Return the write that acquires the lease of a job, if the lease is free or the holder's, and the job unchanged.

    A holder is an event. Its next try takes over the lease that a killed one has left.
    """
    free = JobRow.leased_until.does_not_exist() | (JobRow.leased_until <= now)
    if holder is not None:
        free = free | (JobRow.holder == holder)
    return Put(_row(job, holder), (JobRow.version == job.version - 1) & free)


def put(job: Job, holder: str | None = None) -> Put:
    """Return the write of a checkpoint, over exactly the version before it."""
    return Put(_row(job, holder), JobRow.version == job.version - 1)


def close(job: Job) -> list[Write]:
    """Return the writes of a job that ended: the job, and the removal of its queue entry."""
    return [put(job), dequeue(job.id, job.queue)]


def dequeue(job_id: str, queue: str) -> Delete:
    """Return the write that removes the queue entry of a job. Unconditional: an absent entry is no error."""
    return Delete(JobRow(queue, job_id))


def put_part(job: str, number: int, content: dict[str, Any], until: int, *, is_new: bool) -> Put:
    """Return the write of a part of a job's list, such as a page of ids. A new part is written if it does not exist."""
    row = JobRow(
        _key(job), f"{_PART}{number:06d}", body=zlib.compress(json.dumps(content).encode()), expires_at=until
    )
    return Put(
        row, JobRow.counter.does_not_exist() if is_new else None
    )  # a repeat of a part says the same or more


def get_part(job_id: str, number: int, now: int) -> dict[str, Any] | None:
    """Return a part of a job's list, or None."""
    row = rows.get(JobRow, _key(job_id), f"{_PART}{number:06d}", now)
    return None if row is None else json.loads(zlib.decompress(row.body))


def list_parts(job_id: str, now: int) -> list[dict[str, Any]]:
    """Return all parts of a job's list, in order."""
    return [json.loads(zlib.decompress(row.body)) for row in rows.query(JobRow, _key(job_id), now, _PART)]


def _key(job_id: str) -> str:
    return f"job#{job_id}"


def _row(job: Job, holder: str | None = None) -> JobRow:
    return JobRow(
        _key(job.id),
        _SLOT,
        body=zlib.compress(json.dumps(asdict(job), separators=(",", ":")).encode()),
        leased_until=job.leased_until,
        holder=holder,
        version=job.version,
        expires_at=job.expires_at,
    )


def _job(row: JobRow) -> Job:
    body: dict[str, Any] = json.loads(zlib.decompress(row.body))
    return Job(**{**body, "state": JobState(body["state"]), "work": JobWork(**body["work"])})
