"""Read the history of a lead in pages, or as a whole (WRK-16)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.core.paging import Page, cut
from chalicelib.leads.domain import history
from chalicelib.leads.domain.lead_size import encoded_size_of_entry
from chalicelib.leads.domain.leads import Activity, HistoryPosition, StoredLead
from chalicelib.leads.store import activities, people

ENTRIES = 100
"""How many entries a lead shows with itself."""

_BYTES = 2_000_000
_Found = tuple[str, Activity]
Texts = Mapping[str, dict[str, Any]]


def newest_history(lead: StoredLead, now: int) -> StoredLead:
    """Return the lead with the newest page of its history, and the position of the page before.

    The texts of comments are shown while the person is (WRK-16).
    """
    page = history_page(lead, ENTRIES, None, now)
    return replace(lead, activities=tuple(page.items), earlier=page.next)


def newest_histories(found: Sequence[StoredLead], now: int) -> list[StoredLead]:
    """Return the leads as `newest_history` does: a query for each, and a read for every hundred comments of all."""
    from chalicelib.aws.side_by_side import result_of_each  # only for many leads (B5)

    listed = result_of_each(lambda lead: activities.list_page(lead.facts.lead_id, ENTRIES, None), found)
    pages = _pages(list(zip(found, listed, strict=True)), now)
    return [
        replace(lead, activities=tuple(page.items), earlier=page.next)
        for lead, page in zip(found, pages, strict=True)
    ]


def whole_histories(found: Sequence[StoredLead], now: int) -> list[StoredLead]:
    """Return the leads with their whole histories."""
    from chalicelib.aws.side_by_side import result_of_each  # only for many leads (B5)

    return result_of_each(lambda lead: whole_history(lead, now), found)


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
    listed = activities.list_page(lead.facts.lead_id, limit, None if after is None else after["part"])
    return _pages([(lead, listed)], now)[0]


def _pages(
    listed: Sequence[tuple[StoredLead, Page[_Found]]], now: int
) -> list[Page[Activity, HistoryPosition]]:
    """Return pages of histories in order, with the texts of comments where the person is shown."""
    shown = {
        lead.facts.lead_id: [activity for _, activity in page.items]
        for lead, page in listed
        if lead.person is not None
    }
    texts = people.get_comments(shown, now)
    return [_page(page, texts.get(lead.facts.lead_id)) for lead, page in listed]


def _page(listed: Page[_Found], texts: Texts | None) -> Page[Activity, HistoryPosition]:
    found = listed.items if texts is None else _with_texts(listed.items, texts)
    position = _position(listed.items[-1]) if listed.next else None
    page = cut(Page(found, position), _size, _position, _BYTES)
    ordered = sorted(page.items, key=lambda entry: (entry[0].split("#")[2], entry[0]))
    return Page([activity for _, activity in ordered], page.next)


def _with_texts(found: Sequence[_Found], texts: Texts) -> list[_Found]:
    parts = (part for part, _ in found)
    shown = history.with_texts(tuple(activity for _, activity in found), texts)
    return list(zip(parts, shown, strict=True))


def _size(found: _Found) -> int:
    return encoded_size_of_entry(found[1])


def _position(found: _Found) -> HistoryPosition:
    return {"part": found[0]}
