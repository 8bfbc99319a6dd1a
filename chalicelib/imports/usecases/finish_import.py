"""An import comes to its end: one result, no upload, one entry in the record (PRI-22, PRI-25, PRI-27)."""

from collections.abc import Iterator

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.imports import store as imports
from chalicelib.imports.domain import import_job, uploads, verdicts
from chalicelib.imports.domain.import_job import FileFailure, Import, ImportState
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def finish(job: Import, state: ImportState, now: int, *, failure: FileFailure | None = None) -> None:
    """Join the result, remove the upload, and close the import on record; may be repeated at any step.

    The upload of an import that failed goes last: a repeat must still see why it failed. What a crash leaves then,
    the bucket removes after a day (PRI-25).
    """
    if not job.counting:
        s3.join(job.result_key, _result(job))
    if state is not ImportState.FAILED:
        _remove_upload(job, now)
    after = import_job.ended(job, state, now, failure)
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
    writes = [*imports.close(after), ledger.insert(entry, cached_organisation(now))]
    batch.write(writes, batch.token_of("import_ended", job.id, job.version, now))
    if state is ImportState.FAILED:
        _remove_upload(job, now)
    s3.remove(job.part_key(number) for number in range(job.progress.parts + 1))


def _result(job: Import) -> Iterator[bytes]:
    yield verdicts.heading()
    for number in range(job.progress.parts):
        yield s3.read(job.part_key(number))


def _remove_upload(job: Import, now: int) -> None:
    """Remove the file, unless a later one of its key was taken up: that is another import's, also if it is alike.

    S3 cannot tell two writes of the same content apart: one put again whose event is still on its way goes, too, and
    its import says `file_gone`.
    """
    if job.upload is None:
        return
    latest = imports.latest(job.upload, now)
    if latest is None or not uploads.is_later(latest.sequencer, job.upload.sequencer):
        s3.remove_if(job.upload.key, job.upload.etag)
