"""Files of leads (PRI-26)."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.imports.handlers.import_events import arrivals, handle
from chalicelib.observability import observe

events = Blueprint(__name__)


@events.on_cw_event(arrivals(ImportKind.LEADS))
@observe
def import_leads(event: CloudWatchEvent) -> None:
    """Work on a file of leads that came in, or on those that are open."""
    handle(event, ImportKind.LEADS)
