"""Imports as the API takes and shows them (PRI-18, PRI-22)."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.blocks.schemas import ScopeName
from chalicelib.core.times import iso, optional_iso
from chalicelib.http.schemas.base import Confirmable, Contract, optional_field
from chalicelib.imports.domain import import_job
from chalicelib.imports.domain.import_job import MAX_BYTES, ImportKind, ImportState
from chalicelib.imports.domain.messages import message_of

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


class NewImport(Contract):
    """A file to come: what its rows are for, and where."""

    kind: ImportKind
    scope: ScopeName = Field(description="A project, `*` for all (admins), or a campaign for leads.")
    filename: str = Field(
        min_length=1, max_length=255, description="Only its ending matters: `.gz` is packed."
    )
    size: int = Field(ge=1, le=MAX_BYTES, description="Bytes; the form takes no more.")
    keep_out: bool | None = Field(default=None, description="For `forget`: block the contacts as well.")


class UploadForm(Contract):
    """Where to POST the file as multipart/form-data: every field, then `file`."""

    url: str
    fields: dict[str, str]


class ImportStarted(Contract):
    """The import to ask for, and the form for its file."""

    job_id: str
    upload: UploadForm


class ConfirmImport(Confirmable):
    """The confirmation of a forget import's number."""


class RowProgress(Contract):
    """What came of the rows so far."""

    read: int
    of: int | None = Field(description="Lines of the file, once it was looked through.")
    by_verdict: dict[str, int]
    invalid_by_reason: dict[str, int]


class ByteProgress(Contract):
    """How far the reading is; of a packed file, unpacked."""

    done: int
    of: int | None


class FileFormat(Contract):
    """What was recognised."""

    delimiter: Literal["comma", "semicolon", "tab"]
    header: bool


class ImportStarter(Contract):
    """Whose import it is."""

    kind: str
    id: str


class ImportFailure(Contract):
    """Why the whole file was refused, and the line where the file is to blame."""

    code: str
    message: str
    line: int | None = optional_field()


class Import(Contract):
    """An import."""

    job_id: str
    kind: ImportKind
    scope: str
    state: ImportState
    rows: RowProgress
    bytes: ByteProgress
    rate: float | None = Field(description="Rows a second.")
    eta_s: int | None
    by: ImportStarter
    started_at: str
    ended_at: str | None
    format: FileFormat | None = optional_field("How the file is written, once that is known.")
    error: ImportFailure | None = optional_field("Why it failed.")
    effect: dict[str, Any] | None = optional_field("What a forget import will do once it is confirmed.")
    confirm: str | None = optional_field("The token that confirms it, good for ten minutes.")
    result_url: str | None = optional_field("The result as a file, for five minutes.")

    @classmethod
    def of(cls, job: import_job.Import, **more: Any) -> "Import":
        """Return an import as the API shows it."""
        progress, layout, failure = job.progress, job.layout, job.failure
        return cls(
            job_id=job.id,
            kind=job.kind,
            scope=job.scope,
            state=job.state,
            rows=RowProgress(
                read=progress.read,
                of=layout.lines if layout else None,
                by_verdict=progress.by_verdict,
                invalid_by_reason=progress.invalid_by_reason,
            ),
            bytes=ByteProgress(
                done=progress.byte, of=layout.bytes if layout else job.upload.size if job.upload else None
            ),
            rate=job.rate,
            eta_s=job.eta_s,
            by=ImportStarter(kind=job.by_kind, id=job.by_id),
            started_at=iso(job.created_at),
            ended_at=optional_iso(job.ended_at),
            format=FileFormat(
                delimiter=_DELIMITERS[layout.delimiter],  # type: ignore[arg-type]
                header=layout.header is not None,
            )
            if layout
            else None,
            error=ImportFailure(code=failure.code, message=message_of(failure.code), line=failure.line)
            if failure
            else None,
            **more,
        )


class ImportPage(Contract):
    """A page of imports, newest first."""

    items: list[Import]
    next: str | None
