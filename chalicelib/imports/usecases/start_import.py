"""Start an import and return the form for uploading its file (PRI-18)."""

from typing import Any

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import MAX_BYTES, PERMISSIONS, Import, ImportKind
from chalicelib.imports.domain.uploads import key_of
from chalicelib.imports.usecases.import_scope import require_scope

_PLAIN, _PACKED = "text/csv", "application/gzip"


@dataclass(frozen=True)
class NewImportRequest:
    """What a user wants to import; the file's name only shows whether it is compressed (PRI-25)."""

    kind: ImportKind
    scope: str
    filename: str
    size: int
    keep_out: bool | None = None


def start_import(
    actor: Actor, request: NewImportRequest, job_id: str, now: int
) -> tuple[Import, dict[str, Any]]:
    """Return a waiting import and the form for its file: one key, one type, no more bytes than announced.

    Raise Forbidden without the permission of its kind, NotFound for a foreign scope, Invalid for a file that is too
    large (PRI-24) or a forget import without `keep_out` (PRI-10).
    """
    actor.require(PERMISSIONS[request.kind])
    _validate(request)
    project = require_scope(actor, request.kind, request.scope, now)
    job = Import(
        id=job_id,
        kind=request.kind,
        scope=request.scope,
        project=project,
        by_kind=actor.kind,
        by_id=actor.id,
        created_at=now,
        keep_out=bool(request.keep_out),
        key=key_of(request.kind, request.scope, job_id),
    )
    form = s3.upload_form(
        job.key, _PACKED if request.filename.lower().endswith(".gz") else _PLAIN, request.size
    )
    batch.write(imports.insert(job), batch.token_of("import", job_id))
    return job, form


def _validate(request: NewImportRequest) -> None:
    errors = []
    if request.size > MAX_BYTES:
        errors.append(FieldError("size", "too_large", "A file has at most 1 GiB."))
    if request.kind is ImportKind.FORGET and request.keep_out is None:
        errors.append(FieldError("keep_out", "required", "A forget import needs it: true or false."))
    if request.kind is not ImportKind.FORGET and request.keep_out is not None:
        errors.append(FieldError("keep_out", "unknown", "Only a forget import has it."))
    if errors:
        raise Invalid("This cannot be imported.", fields=errors)
