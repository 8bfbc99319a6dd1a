"""Changes a campaign."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_views import FIXED, SavedCampaign
from chalicelib.campaigns.domain.consent import with_text_version
from chalicelib.campaigns.usecases.check_campaign import check_campaign, check_stop, findings
from chalicelib.campaigns.usecases.hash_password import with_password_hashed
from chalicelib.campaigns.usecases.read_campaigns import get_own_campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation, require
from chalicelib.core.errors import Conflict, FieldError
from chalicelib.organisation.domain import effects
from chalicelib.organisation.usecases import config


def change_campaign(
    actor: Actor,
    campaign_id: str,
    version: int,
    values: Mapping[str, Any],
    confirmation: Confirmation | None,
    now: int,
) -> SavedCampaign:
    """Change a campaign of one's own projects (INT-2); it touches only leads received afterwards (RET-5).

    Another retention, longer, shorter or none, needs retention.manage (RET-13) and is confirmed; the confirmed
    request repeated after a lost answer succeeds (RET-12). Raises Conflict `immutable` naming a fixed setting,
    `version_conflict`, and what `check_campaign` raises; what only stops the campaign is never refused by it.
    """
    actor.require(Permission.CAMPAIGNS_MANAGE)
    before = get_own_campaign(actor, campaign_id, now)
    kept = with_password_hashed(values, campaign_id)
    _require_fixed(before, kept)
    bound = config.confirmation_binding(actor, "change_campaign", campaign_id, version, kept)
    if config.is_retry(before, confirmation, bound):
        return SavedCampaign(before, findings(before, now))
    config.require_version(before, version)
    after = with_text_version(before, config.next_version(before, kept))
    if before.retention == after.retention:
        found = check_stop(after, now) if _only_stops(before, after) else check_campaign(actor, after, now)
        return SavedCampaign(config.update(actor, before, after, now), found)
    actor.require(Permission.RETENTION_MANAGE)
    found = check_campaign(actor, after, now)
    effect = effects.of_campaign(before.retention, after.retention)
    after = replace(after, confirmed_by=require(confirmation, effect, bound).digest)
    return SavedCampaign(config.update(actor, before, after, now, effect=effect), found)


def _only_stops(before: Campaign, after: Campaign) -> bool:
    """Tell whether nothing else changes than that the campaign takes no more leads."""
    same = replace(before, status=after.status, version=after.version, confirmed_by=after.confirmed_by)
    return same == after and not after.accepts_leads


def _require_fixed(campaign: Campaign, values: Mapping[str, Any]) -> None:
    moved = [name for name in FIXED if values.get(name, getattr(campaign, name)) != getattr(campaign, name)]
    if moved:
        message = f"Fixed after creation: {', '.join(moved)}."
        raise Conflict(
            message, "immutable", [FieldError(name, "immutable", "Fixed after creation.") for name in moved]
        )
