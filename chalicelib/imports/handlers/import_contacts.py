"""Files of contacts: to block, to unblock, to forget (PRI-18)."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.imports.domain.import_job import DESK, ImportKind
from chalicelib.imports.handlers.import_events import arrivals, handle
from chalicelib.observability import observe

events = Blueprint(__name__)


@events.on_cw_event(arrivals(*DESK))
@observe
def import_contacts(event: CloudWatchEvent) -> None:
    """Work on a file of contacts that came in, or on those that are open."""
    handle(event, ImportKind.BLOCK)
