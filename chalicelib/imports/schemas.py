"""Imports as the API takes and shows them (PRI-18, PRI-22)."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.blocks.schemas import ScopeName
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.times import iso, optional_iso
from chalicelib.http.schemas.base import Confirmable, Contract, optional_field
from chalicelib.http.schemas.named import NamedActor, NamedCampaign, NamedProject
from chalicelib.imports.domain import import_job
from chalicelib.imports.domain.columns import columns_of
from chalicelib.imports.domain.import_job import MAX_BYTES, ImportKind, ImportState
from chalicelib.imports.domain.messages import import_message

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


class NewImport(Contract):
    """A file to import: what its rows are for, and in which scope."""

    kind: ImportKind
    scope: ScopeName = Field(description="A project, `*` for all (admins), or a campaign for leads.")
    filename: str = Field(
        min_length=1, max_length=255, description="Only its ending is used: `.gz` means compressed."
    )
    size: int = Field(ge=1, le=MAX_BYTES, description="Size in bytes; the upload form accepts no more.")
    keep_out: bool | None = Field(default=None, description="For `forget`: block the contacts as well.")


class UploadForm(Contract):
    """Where to POST the file as multipart/form-data: every field, then `file`."""

    url: str
    fields: dict[str, str]


class ImportStarted(Contract):
    """The id of the import, and the form for its file."""

    job_id: str
    upload: UploadForm


class ConfirmImport(Confirmable):
    """The confirmation of a forget import's effect."""


class RowProgress(Contract):
    """The results of the rows so far."""

    read: int
    of: int | None = Field(description="Lines of the file, once it was examined.")
    by_verdict: dict[str, int]
    invalid_by_reason: dict[str, int]


class ByteProgress(Contract):
    """How many bytes were read; of a compressed file, after decompression."""

    done: int
    of: int | None


class FileFormat(Contract):
    """The format that was recognised."""

    delimiter: Literal["comma", "semicolon", "tab", "pipe"]
    header: bool
    contact_columns: list[int] = Field(
        description="Positions of the columns that are read as contacts, from 1; of a file of leads none."
    )


class ImportStarter(NamedActor):
    """Who started the import, with the name."""


class ImportFailure(Contract):
    """Why the whole file was refused, and the line, if one is wrong."""

    code: str
    message: str
    line: int | None = optional_field()


class Import(Contract):
    """An import."""

    job_id: str
    kind: ImportKind
    scope: str
    project: NamedProject | None = optional_field("The project of `scope`, if it is one.")
    campaign: NamedCampaign | None = optional_field("The campaign of `scope`, for an import of leads.")
    state: ImportState
    rows: RowProgress
    bytes: ByteProgress
    rate: float | None = Field(description="Rows per second.")
    eta_s: int | None
    by: ImportStarter
    started_at: str
    ended_at: str | None
    format: FileFormat | None = optional_field("The file's format, once it is known.")
    error: ImportFailure | None = optional_field("Why it failed.")
    effect: dict[str, Any] | None = optional_field("What a forget import will do once it is confirmed.")
    confirm: str | None = optional_field("The token that confirms it, valid for ten minutes.")
    result_url: str | None = optional_field("A link to the result file, valid for five minutes.")

    @classmethod
    def of(cls, job: import_job.Import, **more: Any) -> "Import":
        """Return an import as the API shows it."""
        progress, layout, failure = job.progress, job.layout, job.failure
        of_leads = job.kind is ImportKind.LEADS
        return cls(
            job_id=job.id,
            kind=job.kind,
            scope=job.scope,
            project=None if of_leads or job.scope == ALL_PROJECTS else NamedProject(id=job.scope),
            campaign=NamedCampaign(id=job.scope) if of_leads else None,
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
                contact_columns=_contact_columns(job.kind, layout),
            )
            if layout
            else None,
            error=ImportFailure(code=failure.code, message=import_message(failure.code), line=failure.line)
            if failure
            else None,
            **more,
        )


def _contact_columns(kind: ImportKind, layout: import_job.Layout) -> list[int]:
    if kind is ImportKind.LEADS:
        return []
    columns = columns_of(layout.header, blocks=kind is ImportKind.BLOCK)
    return [column.place + 1 for column in columns.contacts] if columns else []


class ImportPage(Contract):
    """A page of imports, newest first."""

    items: list[Import]
    next: str | None
