"""Files of contacts: to block, to unblock, to forget (PRI-18)."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.domain.imports.job import DESK, ImportKind
from chalicelib.handlers.import_events import arrivals, handle
from chalicelib.observability import observe

contact_imports = Blueprint(__name__)


@contact_imports.on_cw_event(arrivals(*DESK))
@observe
def import_contacts(event: CloudWatchEvent) -> None:
    """Work on a file of contacts that came in, or on those that are open."""
    handle(event, ImportKind.BLOCK)
