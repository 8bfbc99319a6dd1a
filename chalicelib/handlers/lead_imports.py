"""Files of leads (PRI-26)."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.domain.imports.job import ImportKind
from chalicelib.handlers.import_events import arrivals, handle
from chalicelib.observability import observe

lead_imports = Blueprint(__name__)


@lead_imports.on_cw_event(arrivals(ImportKind.LEADS))
@observe
def import_leads(event: CloudWatchEvent) -> None:
    """Work on a file of leads that came in, or on those that are open."""
    handle(event, ImportKind.LEADS)
