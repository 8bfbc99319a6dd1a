"""End an import: one result, no upload, one entry in the ledger (PRI-22, PRI-25, PRI-27)."""

from collections.abc import Iterator

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.imports import store as imports
from chalicelib.imports.domain import import_job, uploads, verdicts
from chalicelib.imports.domain.import_job import FileFailure, Import, ImportState
from chalicelib.imports.usecases.remove_old_files import is_old
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def finish(job: Import, state: ImportState, now: int, *, failure: FileFailure | None = None) -> None:
    """Join the result, remove the upload, and close and record the import; may be repeated at any step.

    The upload of a failed import is removed last, because a repeat must still see why it failed. If a crash leaves it,
    `remove_old_files` removes it a day after the upload (PRI-25). The result of an import that takes more than a day
    lacks its first rows.
    """
    if not job.counting:
        s3.join(job.result_key, _result(job, now))
    if state is not ImportState.FAILED:
        _remove_upload(job, now)
    ended = import_job.ended(job, state, now, failure)
    detail = {
        "state": state.value,
        "rows": job.progress.read,
        "by_verdict": job.progress.by_verdict,
        "error": failure.code if failure else None,
    }
    entry_id = ledger_entries.entry_id("import_ended", job.id)
    entry = ledger_entries.change(
        job.worker, f"import/{job.id}", "import_ended", now, entry_id, detail=detail
    )
    writes = [*imports.close(ended), ledger.insert(entry, cached_organisation(now))]
    batch.write(writes, batch.token_of("import_ended", job.id, job.version, now))
    if state is ImportState.FAILED:
        _remove_upload(job, now)
    s3.remove(job.part_key(number) for number in range(job.progress.parts + 1))


def _result(job: Import, now: int) -> Iterator[bytes]:
    may_lack_some = is_old(job.began_at or job.created_at, now)
    yield verdicts.heading()
    for number in range(job.progress.parts):
        key = job.part_key(number)
        yield (s3.read_if_there(key) or b"") if may_lack_some else s3.read(key)


def _remove_upload(job: Import, now: int) -> None:
    """Remove the file, unless a later file of its key belongs to another import, even with the same content.

    S3 does not distinguish two writes of the same content. A file that was put again, and whose event has not arrived
    yet, is removed, too; its import fails with `file_gone`.
    """
    if job.upload is None:
        return
    latest = imports.latest(job.upload, now)
    if latest is None or not uploads.is_later(latest.sequencer, job.upload.sequencer):
        s3.remove_if(job.upload.key, job.upload.etag)
