"""A file came in: its import is found or made, once (PRI-18, PRI-19)."""

from chalicelib import clock, observability
from chalicelib.domain import ledger
from chalicelib.domain.blocks import ALL_PROJECTS
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.imports import job as domain
from chalicelib.domain.imports.job import Import, ImportState, Upload, UploadPlace
from chalicelib.gateways import files
from chalicelib.stores import batch, imports
from chalicelib.stores import ledger as record
from chalicelib.stores.imports import LatestUpload
from chalicelib.usecases.import_scope import project_of
from chalicelib.usecases.organisation import cached_organisation

_TRIES = 8


def register_upload(upload: Upload, now: int) -> Import | None:
    """Return the import of a file, or None where there is nothing to do.

    The same event again finds the same import; an older one after a newer one of the same key is ignored; a new file
    under the same key is a new import (PRI-19). The start is on record in the same transaction (PRI-27). A file whose
    key is no import's is told and counted.
    """
    place = domain.place_of(upload.key)
    if place is None:
        _report_stray_file(upload)
        return None
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        before = imports.latest(upload, now)
        if before is not None and not domain.is_later(upload.sequencer, before.sequencer):
            return imports.get(before.job_id, now) if before.sequencer == upload.sequencer else None
        try:
            return _register(upload, place, before, now)
        except batch.Cancelled:
            continue
    raise Unavailable("The same file came in too often at once.")


def _register(upload: Upload, place: UploadPlace, before: LatestUpload | None, now: int) -> Import | None:
    expected = _expected(upload, place, now)
    if expected is not None and expected.state is ImportState.CANCELLED and expected.upload is None:
        files.remove_if(upload.key, upload.etag)
        return None
    if expected is not None and expected.state is ImportState.WAITING:
        job = domain.arrived(expected, upload, now)
        writes: list[batch.Write] = [imports.put(job)]
    else:
        job = domain.arrived(_dropped_file(upload, place, expected, now), upload, now)
        writes = imports.insert(job)
    entry_id = ledger.entry_id("import_started", job.id)
    known = (
        project_of(job.kind, job.scope, now) is not None
    )  # what is no scope may be anything, a contact even
    detail = {"kind": job.kind.value, "scope": job.scope if known else None}
    entry = ledger.change(f"import/{job.id}", "import_started", job.actor, now, entry_id, detail=detail)
    writes += [
        imports.mark_open(job),
        imports.set_latest(upload, job, before, now),
        record.insert(entry, cached_organisation(now)),
    ]
    batch.write(writes, batch.token_of("upload", upload.identity, before and before.sequencer, now))
    return job


def _report_stray_file(upload: Upload) -> None:
    """Somebody waits for what will not come; the key is not told, for a name can be a person's."""
    if not domain.is_folder(upload.key):
        observability.log("WARNING", "file not understood")
        observability.metric("FilesNotUnderstood", 1)


def _expected(upload: Upload, place: UploadPlace, now: int) -> Import | None:
    """Return the import whose form this key was given out for; a name that only looks like an id is none."""
    expected = imports.get(place.stem, now)
    return expected if expected is not None and expected.key == upload.key else None


def _dropped_file(upload: Upload, place: UploadPlace, owner: Import | None, now: int) -> Import:
    """Return the import of a file put by hand, or put a second time with the form of an earlier import."""
    return Import(
        id=domain.dropped_id(upload),
        kind=place.kind,
        scope=place.scope,
        project=project_of(place.kind, place.scope, now) or ALL_PROJECTS,
        by_kind=owner.by_kind if owner else domain.BUCKET.kind,
        by_id=owner.by_id if owner else domain.BUCKET.id,
        created_at=now,
        keep_out=owner.keep_out if owner else False,
    )
