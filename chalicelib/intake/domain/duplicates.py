"""The earlier lead that a lead is a duplicate of (CAM-5, CAM-6)."""

from collections.abc import Sequence

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.retention import gone
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain.duplicate_index import Original, Window


def original_of(windows: Sequence[Window], campaign: Campaign, now: int) -> Original | None:
    """Return the earliest lead that counts, among all sets of fields, or None.

    A lead counts within the period, exact to the second, and within the scope. A rejected one counts only if the
    campaign says so. A lead whose person is gone never counts.
    """
    counted = [lead for window in windows for lead in window.originals if _is_counted(lead, campaign, now)]
    return min(counted, key=lambda lead: (lead.received_at, lead.lead_id), default=None)


def _is_counted(original: Original, campaign: Campaign, now: int) -> bool:
    settings = campaign.duplicates
    if original.rejected and not settings.check_rejected:
        return False
    if gone(original.erase_at, now) or original.received_at + settings.days * DAY_S <= now:
        return False
    return _in_scope(original, campaign)


def _in_scope(original: Original, campaign: Campaign) -> bool:
    match campaign.duplicates.scope:
        case "campaign":
            return original.campaign_id == campaign.id
        case "project":
            return original.project_id == campaign.project_id
    return True
