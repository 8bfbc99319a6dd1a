"""Read the history of a lead in pages, or as a whole (WRK-16)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.core.paging import Page, cut
from chalicelib.leads.domain import history
from chalicelib.leads.domain.lead_size import encoded_size_of_entry
from chalicelib.leads.domain.leads import Activity, HistoryPosition, StoredLead
from chalicelib.leads.store import activities, people

ENTRIES = 100
"""How many entries a lead shows with itself."""

_BYTES = 2_000_000
_Found = tuple[str, Activity]


def newest_history(lead: StoredLead, now: int) -> StoredLead:
    """Return the lead with the newest page of its history, and the position of the page before.

    The texts of comments are shown while the person is (WRK-16).
    """
    page = history_page(lead, ENTRIES, None, now)
    return replace(lead, activities=tuple(page.items), earlier=page.next)


def whole_history(lead: StoredLead, now: int) -> StoredLead:
    """Return the lead with its whole history."""
    entries = activities.list_all(lead.facts.lead_id, now)
    if lead.person is not None and any(entry.kind == "comment" for entry in entries):
        entries = history.with_texts(entries, people.list_comments(lead.facts.lead_id, now))
    return replace(lead, activities=entries)


def history_page(
    lead: StoredLead, limit: int, after: HistoryPosition | None, now: int
) -> Page[Activity, HistoryPosition]:
    """Return the latest entries before a position, oldest first, and the position of the page before.

    Pages follow the instants of the entries. Within a page the versions of the facts order them (WRK-16).
    """
    lead_id = lead.facts.lead_id
    listed = activities.list_page(lead_id, limit, None if after is None else after["part"])
    found = _with_texts(lead, listed.items, now) if lead.person is not None else listed.items
    position = _position(listed.items[-1]) if listed.next else None
    page = cut(Page(found, position), _size, _position, _BYTES)
    ordered = sorted(page.items, key=lambda entry: (entry[0].split("#")[2], entry[0]))
    return Page([activity for _, activity in ordered], page.next)


def _with_texts(lead: StoredLead, found: Sequence[_Found], now: int) -> list[_Found]:
    activities = tuple(activity for _, activity in found)
    texts = people.get_comments(lead.facts.lead_id, activities, now)
    parts = (part for part, _ in found)
    return list(zip(parts, history.with_texts(activities, texts), strict=True))


def _size(found: _Found) -> int:
    return encoded_size_of_entry(found[1])


def _position(found: _Found) -> HistoryPosition:
    return {"part": found[0]}
