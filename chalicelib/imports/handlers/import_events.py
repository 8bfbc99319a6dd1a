"""The events of the import functions: an uploaded file, or the schedule."""

from typing import Any

from chalice.app import CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget
from chalicelib.imports.domain.import_job import ImportKind, Upload
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.remove_old_files import remove_old_files
from chalicelib.imports.usecases.run_import import ImportRun, continue_imports, run_import
from chalicelib.template import reference

_RESERVE_S = 30
_FOR_IMPORTS_S = 600
LEADS = f"imports/{ImportKind.LEADS}/"


def upload_pattern(prefix: str) -> dict[str, Any]:
    """Return the event pattern for files whose keys begin like this."""
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [reference("ImportsBucket")]}, "object": {"key": [{"prefix": prefix}]}},
    }


def handle(event: CloudWatchEvent, kind: ImportKind) -> None:
    """Import the file of the event; on the schedule's event remove old files, and continue the open imports.

    The function for contacts removes them, and imports go on if that fails. A file of leads is left to the function for
    leads. A key of no kind is one for the function for contacts (PRI-18).
    """
    run = ImportRun(clock.now, TimeBudget(event.context, _RESERVE_S).has_time)
    uploaded = (event.detail or {}).get("object")
    if uploaded is None:
        try:
            if kind is not ImportKind.LEADS:
                _remove_old_files(event)
        finally:
            observability.log("INFO", "imports continued", count=continue_imports(kind, run))
        return
    if (kind is ImportKind.LEADS) is not uploaded["key"].startswith(LEADS):
        return
    upload = Upload(
        bucket=event.detail["bucket"]["name"],
        key=uploaded["key"],
        etag=uploaded["etag"],
        sequencer=uploaded["sequencer"],
        size=uploaded["size"],
    )
    job = register_upload(upload, clock.now())
    if job is not None:
        run_import(job.id, run)
        observability.log("INFO", "import continued", job_id=job.id)


def _remove_old_files(event: CloudWatchEvent) -> None:
    """Remove old files, and leave most of the time to the imports."""
    removed = remove_old_files(TimeBudget(event.context, _FOR_IMPORTS_S).has_time, clock.now())
    if removed:
        observability.log("INFO", "old files removed", count=removed)
