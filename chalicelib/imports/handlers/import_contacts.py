"""The event function for files of contacts: to block, unblock or forget (PRI-18)."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.imports.domain.import_job import DESK, ImportKind
from chalicelib.imports.handlers.import_events import handle, upload_pattern
from chalicelib.observability import observe

events = Blueprint(__name__)


@events.on_cw_event(upload_pattern(*DESK))
@observe
def import_contacts(event: CloudWatchEvent) -> None:
    """Import an uploaded file of contacts, or continue the open imports."""
    handle(event, ImportKind.BLOCK)
