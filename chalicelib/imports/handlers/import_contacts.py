"""The event function for files of contacts, and for files under a key of no kind (PRI-18)."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.imports.handlers.import_events import handle, upload_pattern
from chalicelib.observability import observe

events = Blueprint(__name__)


@events.on_cw_event(upload_pattern("imports/"))
@observe
def import_contacts(event: CloudWatchEvent) -> None:
    """Import an uploaded file of contacts, or continue the open imports."""
    handle(event, ImportKind.BLOCK)
