"""A user starts an import and gets the form that takes its file (PRI-18)."""

from dataclasses import dataclass
from typing import Any

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import MAX_BYTES, PERMISSIONS, Import, ImportKind
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.import_scope import require_scope

_PLAIN, _PACKED = "text/csv", "application/gzip"


@dataclass(frozen=True)
class NewImportRequest:
    """What a user wants to import; the file's name only says whether it is packed (PRI-25)."""

    kind: ImportKind
    scope: str
    filename: str
    size: int
    keep_out: bool | None = None


def start_import(
    actor: Actor, wanted: NewImportRequest, job_id: str, now: int
) -> tuple[Import, dict[str, Any]]:
    """Return a waiting import and the form for its file: one key, one type, no more bytes than were announced.

    Raises Forbidden without the permission of its kind, NotFound for a foreign scope, Invalid for a file that is
    too large (PRI-24) or a forget import that does not say whether to keep the contacts out (PRI-10).
    """
    actor.require(PERMISSIONS[wanted.kind])
    _validate(wanted)
    project = require_scope(actor, wanted.kind, wanted.scope, now)
    job = Import(
        id=job_id,
        kind=wanted.kind,
        scope=wanted.scope,
        project=project,
        by_kind=actor.kind,
        by_id=actor.id,
        created_at=now,
        keep_out=bool(wanted.keep_out),
        key=key_of(wanted.kind, wanted.scope, job_id),
    )
    form = s3.upload_form(
        job.key, _PACKED if wanted.filename.lower().endswith(".gz") else _PLAIN, wanted.size
    )
    batch.write(imports.insert(job), batch.token_of("import", job_id))
    return job, form


def _validate(wanted: NewImportRequest) -> None:
    errors = []
    if wanted.size > MAX_BYTES:
        errors.append(FieldError("size", "too_large", "A file has at most 1 GiB."))
    if wanted.kind is ImportKind.FORGET and wanted.keep_out is None:
        errors.append(FieldError("keep_out", "required", "An import that forgets says it: true or false."))
    if wanted.kind is not ImportKind.FORGET and wanted.keep_out is not None:
        errors.append(FieldError("keep_out", "unknown", "Only an import that forgets has it."))
    if errors:
        raise Invalid("This cannot be imported.", fields=errors)
