"""The event function for files of leads (PRI-26)."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.imports.handlers.import_events import LEADS, handle, upload_pattern
from chalicelib.observability import observe

events = Blueprint(__name__)


@events.on_cw_event(upload_pattern(LEADS))
@observe
def import_leads(event: CloudWatchEvent) -> None:
    """Import an uploaded file of leads, or continue the open imports."""
    handle(event, ImportKind.LEADS)
