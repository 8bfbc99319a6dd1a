"""A lead leaves the duplicate windows it stands in (RET-14, RET-15)."""

from collections.abc import Iterable

from chalicelib.leads.domain.duplicate_index import Window, without
from chalicelib.leads.store import contact_index


def remove_from_duplicate_windows(lead_id: str, refs: Iterable[str]) -> list[Window]:
    """Return those windows under the refs in which a lead stands, as they are without it; each still to be saved."""
    found = [window for ref in dict.fromkeys(refs) for window in contact_index.list_windows(ref)]
    return [without(one, lead_id) for one in found if any(each.lead_id == lead_id for each in one.originals)]
