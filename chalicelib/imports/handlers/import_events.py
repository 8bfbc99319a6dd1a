"""What the functions that import are called with: a file that came in, or the schedule's minute."""

from typing import Any

from chalice.app import CloudWatchEvent

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget
from chalicelib.imports.domain.import_job import ImportKind, Upload
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import ImportRun, continue_imports, run_import
from chalicelib.template import reference

_RESERVE_S = 30


def arrivals(*kinds: ImportKind) -> dict[str, Any]:
    """Return the pattern of the events of files for these kinds of imports."""
    prefixes = [{"prefix": f"imports/{kind}/"} for kind in kinds]
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [reference("ImportsBucket")]}, "object": {"key": prefixes}},
    }


def handle(event: CloudWatchEvent, kind: ImportKind) -> None:
    """Take up the file the event tells of and work on it; on the schedule's event, continue what is open."""
    shift = ImportRun(clock.now, TimeBudget(event.context, _RESERVE_S).has_time)
    arrived = (event.detail or {}).get("object")
    if arrived is None:
        observability.log("INFO", "imports continued", count=continue_imports(kind, shift))
        return
    upload = Upload(
        bucket=event.detail["bucket"]["name"],
        key=arrived["key"],
        etag=arrived["etag"],
        sequencer=arrived["sequencer"],
        size=arrived["size"],
    )
    job = register_upload(upload, clock.now())
    if job is not None:
        run_import(job.id, shift)
        observability.log("INFO", "import worked on", job_id=job.id)
