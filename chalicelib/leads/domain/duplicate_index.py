"""The duplicate index: the earlier leads with equal values (data-model.md, Duplicate index)."""

from dataclasses import field, replace

from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import gone
from chalicelib.leads.domain.leads import Facts, Person, Status

MAX_LEADS = 20


@dataclass(frozen=True)
class Original:
    """An earlier lead, of which a later one may be a duplicate."""

    lead_id: str
    campaign_id: str
    project_id: str
    received_at: int
    erase_at: int | None
    rejected: bool = False
    source_id: str = ""


@dataclass(frozen=True)
class Window:
    """One row: the last leads with one set of values, and the version and content the next write depends on.

    `as_read` is the content as it was read. The version alone is not enough: an empty row is removed, and the next one
    begins at version 1 again.
    """

    ref: str
    lead_type_id: str
    originals: tuple[Original, ...] = ()
    version: int = 0
    as_read: str = field(default="[]", compare=False)

    @property
    def ends_at(self) -> int | None:
        """Return the latest end of the leads, or None if one of them has no end."""
        ends = [original.erase_at for original in self.originals]
        return None if None in ends else max((end for end in ends if end is not None), default=None)


def as_original(facts: Facts) -> Original:
    """Return a lead as its rows of the duplicate index list it."""
    return Original(
        lead_id=facts.lead_id,
        campaign_id=facts.campaign_id,
        project_id=facts.project_id,
        received_at=facts.received_at,
        erase_at=facts.erase_at,
        rejected=facts.status is Status.REJECTED,
        source_id=facts.source_id,
    )


def entered(facts: Facts, person: Person) -> tuple[str, ...]:
    """Return the refs of the rows that contain a lead; none before it has entered (data-model.md, Duplicate index)."""
    return person.windows if facts.is_original and not facts.enters_later else ()


def with_original(window: Window, original: Original, now: int) -> Window:
    """Return the row with a new lead at its end, without expired ones, and with at most twenty.

    Of more than twenty the oldest rejected lead is removed first. So no number of rejected leads pushes an accepted
    one out (CAM-6).
    """
    leads = [
        lead for lead in window.originals if not gone(lead.erase_at, now) and lead.lead_id != original.lead_id
    ]
    while len(leads) >= MAX_LEADS:
        leads.remove(next((lead for lead in leads if lead.rejected), leads[0]))
    return Window(
        window.ref, window.lead_type_id, (*leads, original), window.version + 1, window.as_read
    )  # `replace` takes four times as long (B3)


def entered_again(window: Window, original: Original, now: int) -> Window:
    """Return the row with a lead at its place in the order of receipt: it moves there, or enters after others."""
    others = [one for one in window.originals if one.lead_id != original.lead_id]
    leads = sorted((*others, original), key=lambda one: (one.received_at, one.lead_id))
    leads = [one for one in leads if not gone(one.erase_at, now)]
    while len(leads) > MAX_LEADS:
        leads.remove(next((one for one in leads if one.rejected), leads[0]))
    return replace(window, originals=tuple(leads), version=window.version + 1)


def without(window: Window, lead_id: str) -> Window:
    """Return the row without a lead (RET-15)."""
    leads = tuple(lead for lead in window.originals if lead.lead_id != lead_id)
    return replace(window, originals=leads, version=window.version + 1)


def restamped(window: Window, lead_id: str, erase_at: int | None) -> Window:
    """Return the row with a lead's new end."""
    leads = tuple(
        replace(lead, erase_at=erase_at) if lead.lead_id == lead_id else lead for lead in window.originals
    )
    return replace(window, originals=leads, version=window.version + 1)


def marked_rejected(window: Window, lead_id: str, *, rejected: bool = True) -> Window:
    """Return the row with a lead marked as rejected in quality control, or as not rejected any more (CAM-26)."""
    leads = tuple(
        replace(lead, rejected=rejected) if lead.lead_id == lead_id else lead for lead in window.originals
    )
    return replace(window, originals=leads, version=window.version + 1)
