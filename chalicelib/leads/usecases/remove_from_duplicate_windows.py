"""Removes a lead from the duplicate index (RET-14, RET-15)."""

from collections.abc import Iterable, Mapping

from chalicelib.leads.domain.duplicate_index import Window, without
from chalicelib.leads.store import contact_index


def remove_from_duplicate_windows(
    lead_id: str, refs: Iterable[str], read: Mapping[str, list[Window]] | None = None
) -> list[Window]:
    """Return the rows of the duplicate index that list the lead, without it. The caller writes them.

    `read` are the rows of some refs, if the caller has read them after the facts; the others are read here.
    """
    known = read or {}
    windows = [
        window
        for ref in dict.fromkeys(refs)
        for window in (known[ref] if ref in known else contact_index.list_windows(ref))
    ]
    return [
        without(window, lead_id)
        for window in windows
        if any(original.lead_id == lead_id for original in window.originals)
    ]
