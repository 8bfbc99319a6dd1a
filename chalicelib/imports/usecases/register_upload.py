"""Find or create the import of an uploaded file, once (PRI-18, PRI-19)."""

from chalicelib import observability
from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.imports import store as imports
from chalicelib.imports.domain import import_job, uploads
from chalicelib.imports.domain.import_job import Import, ImportState, Upload
from chalicelib.imports.domain.uploads import UploadPlace
from chalicelib.imports.store import LatestUpload
from chalicelib.imports.usecases.import_scope import cached_project_id
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_TRIES = 8


def register_upload(upload: Upload, now: int) -> Import | None:
    """Return the import of a file, or None if there is nothing to do.

    The same event again finds the same import. An older event after a newer one of the same key is ignored. A new file
    under the same key is a new import (PRI-19). The start is recorded in the same transaction (PRI-27). A file whose
    key names no import is logged and counted, and becomes an import that fails. The empty object that a console makes
    for a folder is ignored.
    """
    place = None if uploads.is_folder(upload.key) else uploads.place_of(upload.key)
    if place is None or not place.scope:
        _report_stray_file(upload)
    if place is None:
        return None

    def attempt(_: int) -> Import | None:
        before = imports.latest(upload, now)
        if before is not None and not uploads.is_later(upload.sequencer, before.sequencer):
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
    )  # an unknown scope may be anything, even a contact
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
    """Log and count a file that no import reads; without its key, because a name can be a person's."""
    if not uploads.is_folder(upload.key):
        observability.log("WARNING", "file not understood")
        observability.metric("FilesNotUnderstood", 1)


def _expected(upload: Upload, place: UploadPlace, now: int) -> Import | None:
    """Return the import whose form was issued for this key, or None if the name only looks like an id."""
    if not place.stem:
        return None
    expected = imports.get(place.stem, now)
    return expected if expected is not None and expected.key == upload.key else None


def _dropped_file(upload: Upload, place: UploadPlace, owner: Import | None, now: int) -> Import:
    """Return a new import for a file put by hand, or put a second time with the form of an earlier import."""
    return Import(
        id=uploads.dropped_id(upload),
        kind=place.kind,
        scope=place.scope,
        project=cached_project_id(place.kind, place.scope, now) or ALL_PROJECTS,
        by_kind=owner.by_kind if owner else uploads.BUCKET.kind,
        by_id=owner.by_id if owner else uploads.BUCKET.id,
        created_at=now,
        keep_out=owner.keep_out if owner else False,
    )
