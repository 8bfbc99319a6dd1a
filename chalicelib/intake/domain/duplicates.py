"""The earlier lead that a lead is a duplicate of (CAM-5, CAM-6)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.retention import gone
from chalicelib.core.times import DAY_S
from chalicelib.intake.domain.decision import Evaluation, Stored
from chalicelib.leads.domain.duplicate_index import Original, Window


def original_of(windows: Sequence[Window], campaign: Campaign, now: int) -> Original | None:
    """Return the earliest lead that counts, among all sets of fields, or None.

    A lead counts within the period, exact to the second, and within the scope. A rejected one counts only if the
    campaign says so. A lead whose person is gone never counts.
    """
    counted = [lead for window in windows for lead in window.originals if _is_counted(lead, campaign, now)]
    return min(counted, key=lambda lead: (lead.received_at, lead.lead_id), default=None)


def known_to(user: Actor | None, window: Window) -> Window:
    """Return a row without the leads of projects that the user is not in; the whole row for the intake (None)."""
    if user is None or user.is_admin:
        return window
    return replace(
        window, originals=tuple(lead for lead in window.originals if user.belongs_to(lead.project_id))
    )


def without_foreign(user: Actor, decision: Evaluation) -> Evaluation:
    """Return a decision without the earlier lead in its trace, if that is of a project the user is not in (ACC-4)."""
    earlier = decision.decision.original if isinstance(decision.decision, Stored) else None
    if earlier is None or user.belongs_to(earlier.project_id):
        return decision
    trace = (replace(entry, detail=None) if entry.check == "duplicate" else entry for entry in decision.trace)
    return replace(decision, trace=tuple(trace))


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
