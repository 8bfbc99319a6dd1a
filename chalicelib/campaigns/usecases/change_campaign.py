"""Changes a campaign."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_views import FIXED, SavedCampaign
from chalicelib.campaigns.domain.consent import with_text_version
from chalicelib.campaigns.usecases.check_campaign import check_campaign, check_stop, findings
from chalicelib.campaigns.usecases.deal_limits import deal_saved_limits
from chalicelib.campaigns.usecases.hash_password import with_password_hashed
from chalicelib.campaigns.usecases.read_campaigns import get_own_campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation, require
from chalicelib.core.errors import Conflict, Effect, FieldError
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
    """Change a campaign of the actor's projects (INT-2). The change applies only to leads received later (RET-5).

    A new retention, also none, needs retention.manage (RET-13) and is confirmed. The confirmed request that is
    repeated after a lost answer succeeds (RET-12). Raise Conflict `immutable` with each fixed setting,
    `version_conflict`, and the errors of `check_campaign`. A change that only stops the campaign is checked by
    `check_stop` instead.
    """
    actor.require(Permission.CAMPAIGNS_MANAGE)
    before = get_own_campaign(actor, campaign_id, now)
    hashed = with_password_hashed(values, campaign_id)
    _require_fixed(before, hashed)
    bound = config.confirmation_binding(actor, "change_campaign", campaign_id, version, hashed)
    if config.is_retry(before, confirmation, bound):
        return SavedCampaign(before, findings(before, now))
    config.require_version(before, version)
    after = with_text_version(before, config.next_version(before, hashed))
    if before.retention == after.retention:
        checked = (
            check_stop(after, now)
            if _only_stops(before, after)
            else check_campaign(actor, after, now, before=before)
        )
        return SavedCampaign(_saved(actor, before, after, now), checked)
    actor.require(Permission.RETENTION_MANAGE)
    checked = check_campaign(actor, after, now, before=before)
    effect = effects.of_campaign(before.retention, after.retention)
    after = replace(after, confirmed_by=require(confirmation, effect, bound).digest)
    return SavedCampaign(_saved(actor, before, after, now, effect), checked)


def _saved(
    actor: Actor, before: Campaign, after: Campaign, now: int, effect: Effect | None = None
) -> Campaign:
    saved = config.update(actor, before, after, now, effect=effect)
    deal_saved_limits(before.limits, saved, now)
    return saved


def _only_stops(before: Campaign, after: Campaign) -> bool:
    """Tell whether the only change is that the campaign accepts no more leads."""
    same = replace(before, status=after.status, version=after.version, confirmed_by=after.confirmed_by)
    return same == after and not after.accepts_leads


def _require_fixed(campaign: Campaign, values: Mapping[str, Any]) -> None:
    names = [name for name in FIXED if values.get(name, getattr(campaign, name)) != getattr(campaign, name)]
    if names:
        message = f"Fixed after creation: {', '.join(names)}."
        raise Conflict(
            message, "immutable", [FieldError(name, "immutable", "Fixed after creation.") for name in names]
        )
