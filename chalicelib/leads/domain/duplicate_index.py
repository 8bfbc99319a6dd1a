"""Duplicate windows: who was the original of a set of values (data-model.md, Duplicate index)."""

from dataclasses import dataclass, field, replace

from chalicelib.core.retention import gone
from chalicelib.leads.domain.leads import Facts, Person

KEPT = 20


@dataclass(frozen=True)
class Original:
    """A lead that a later one may be a duplicate of."""

    lead_id: str
    campaign_id: str
    project_id: str
    received_at: int
    erase_at: int | None
    rejected: bool = False
    source_id: str = ""


@dataclass(frozen=True)
class Window:
    """The last originals of one set of values, and what the next write is conditional on: version and content.

    `as_read` is the content as it was found. The version alone would not do: an emptied window is removed, and the
    next one begins anew at version 1.
    """

    ref: str
    lead_type_id: str
    originals: tuple[Original, ...] = ()
    version: int = 0
    as_read: str = field(default="[]", compare=False)

    @property
    def ends_at(self) -> int | None:
        """Return when the last of the originals is gone, or None if one of them never is."""
        ends = [original.erase_at for original in self.originals]
        return None if None in ends else max((end for end in ends if end is not None), default=None)


def entered(facts: Facts, person: Person) -> tuple[str, ...]:
    """Return the refs of the windows into which a lead was entered as an original (data-model.md, Duplicate index)."""
    return person.windows if facts.is_original else ()


def with_original(window: Window, original: Original, now: int) -> Window:
    """Return the window with a new original, the newest last: expired ones leave, and at most twenty stay.

    Of more than twenty the oldest rejected one leaves first: no number of rejected leads makes the accepted one
    forgotten that they came after (CAM-6).
    """
    kept = [
        one for one in window.originals if not gone(one.erase_at, now) and one.lead_id != original.lead_id
    ]
    while len(kept) >= KEPT:
        kept.remove(next((one for one in kept if one.rejected), kept[0]))
    return replace(window, originals=(*kept, original), version=window.version + 1)


def without(window: Window, lead_id: str) -> Window:
    """Return the window without a lead's entry (RET-15)."""
    kept = tuple(one for one in window.originals if one.lead_id != lead_id)
    return replace(window, originals=kept, version=window.version + 1)


def restamped(window: Window, lead_id: str, erase_at: int | None) -> Window:
    """Return the window with a lead's entry at its new end."""
    kept = tuple(
        replace(one, erase_at=erase_at) if one.lead_id == lead_id else one for one in window.originals
    )
    return replace(window, originals=kept, version=window.version + 1)


def marked_rejected(window: Window, lead_id: str) -> Window:
    """Return the window with a lead's entry marked as rejected in quality control."""
    kept = tuple(replace(one, rejected=True) if one.lead_id == lead_id else one for one in window.originals)
    return replace(window, originals=kept, version=window.version + 1)
