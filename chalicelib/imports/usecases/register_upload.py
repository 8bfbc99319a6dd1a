"""A file came in: its import is found or made, once (PRI-18, PRI-19)."""

from chalicelib import observability
from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.imports import store as imports
from chalicelib.imports.domain import import_job
from chalicelib.imports.domain.import_job import Import, ImportState, Upload, UploadPlace
from chalicelib.imports.store import LatestUpload
from chalicelib.imports.usecases.import_scope import cached_project_id
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_TRIES = 8


def register_upload(upload: Upload, now: int) -> Import | None:
    """Return the import of a file, or None where there is nothing to do.

    The same event again finds the same import; an older one after a newer one of the same key is ignored; a new file
    under the same key is a new import (PRI-19). The start is on record in the same transaction (PRI-27). A file whose
    key is no import's is told and counted.
    """
    place = import_job.place_of(upload.key)
    if place is None:
        _report_stray_file(upload)
        return None

    def attempt(_: int) -> Import | None:
        before = imports.latest(upload, now)
        if before is not None and not import_job.is_later(upload.sequencer, before.sequencer):
            return imports.get(before.job_id, now) if before.sequencer == upload.sequencer else None
        return _register(upload, place, before, now)

    return retrying(attempt, tries=_TRIES, message="The same file came in too often at once.")


def _register(upload: Upload, place: UploadPlace, before: LatestUpload | None, now: int) -> Import | None:
    expected = _expected(upload, place, now)
    if expected is not None and expected.state is ImportState.CANCELLED and expected.upload is None:
        s3.remove_if(upload.key, upload.etag)
        return None
    if expected is not None and expected.state is ImportState.WAITING:
        job = import_job.arrived(expected, upload, now)
        writes: list[batch.Write] = [imports.put(job)]
    else:
        job = import_job.arrived(_dropped_file(upload, place, expected, now), upload, now)
        writes = imports.insert(job)
    entry_id = ledger_entries.entry_id("import_started", job.id)
    known = (
        cached_project_id(job.kind, job.scope, now) is not None
    )  # what is no scope may be anything, a contact even
    detail = {"kind": job.kind.value, "scope": job.scope if known else None}
    entry = ledger_entries.change(
        job.actor, f"import/{job.id}", "import_started", now, entry_id, detail=detail
    )
    writes += [
        imports.mark_open(job),
        imports.set_latest(upload, job, before, now),
        ledger.insert(entry, cached_organisation(now)),
    ]
    batch.write(writes, batch.token_of("upload", upload.identity, before and before.sequencer, now))
    return job


def _report_stray_file(upload: Upload) -> None:
    """Somebody waits for what will not come; the key is not told, for a name can be a person's."""
    if not import_job.is_folder(upload.key):
        observability.log("WARNING", "file not understood")
        observability.metric("FilesNotUnderstood", 1)


def _expected(upload: Upload, place: UploadPlace, now: int) -> Import | None:
    """Return the import whose form this key was given out for; a name that only looks like an id is none."""
    expected = imports.get(place.stem, now)
    return expected if expected is not None and expected.key == upload.key else None


def _dropped_file(upload: Upload, place: UploadPlace, owner: Import | None, now: int) -> Import:
    """Return the import of a file put by hand, or put a second time with the form of an earlier import."""
    return Import(
        id=import_job.dropped_id(upload),
        kind=place.kind,
        scope=place.scope,
        project=cached_project_id(place.kind, place.scope, now) or ALL_PROJECTS,
        by_kind=owner.by_kind if owner else import_job.BUCKET.kind,
        by_id=owner.by_id if owner else import_job.BUCKET.id,
        created_at=now,
        keep_out=owner.keep_out if owner else False,
    )
