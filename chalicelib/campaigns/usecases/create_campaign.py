"""Adds a campaign."""

from collections.abc import Mapping
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.campaigns.domain.campaign_views import SavedCampaign
from chalicelib.campaigns.usecases.check_campaign import check_campaign
from chalicelib.campaigns.usecases.deal_limits import deal_saved_limits
from chalicelib.campaigns.usecases.hash_password import with_password_hashed
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation, require
from chalicelib.core.errors import Effect
from chalicelib.core.retention import Policy
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain import effects
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases import config

_KIND = "cmp"


def create_campaign(
    actor: Actor, new_id: str, values: Mapping[str, Any], confirmation: Confirmation | None, now: int
) -> SavedCampaign:
    """Add a campaign to a project of the actor (INT-2). By default it has the project's retention (RET-2),
    and takes leads from its source credentials alone, so from nobody until it has one (INT-5).

    A campaign with a policy is confirmed. A request repeated with the same confirmation returns the campaign it
    created (RET-12). A policy other than the project's default needs retention.manage (RET-13).
    Raise NotFound for a project that is not the actor's, and the errors of `check_campaign`.
    """
    actor.require(Permission.CAMPAIGNS_MANAGE)
    actor.require_project(values["project_id"])
    default = config.get(Project, values["project_id"], now).default_retention
    chosen = {"retention": default, "require_authentication": True, **values}
    campaign = Campaign(id=new_id, **with_password_hashed(chosen, new_id))
    checked = check_campaign(actor, campaign, now)
    if campaign.retention != default:
        actor.require(Permission.RETENTION_MANAGE)
    if campaign.retention == default == Policy():
        return SavedCampaign(_created(actor, campaign, now), checked)
    effect = effects.of_new_campaign(default, campaign.retention)
    bound = config.confirmation_binding(actor, "create_campaign", "", 0, with_password_hashed(chosen, ""))
    confirmed = require(confirmation, effect, bound)
    derived = config.derived_id(_KIND, confirmed)
    existing = configuration.get(Campaign, derived, now)
    if existing is not None:
        return SavedCampaign(existing, checked)
    campaign = Campaign(id=derived, confirmed_by=confirmed.digest, **with_password_hashed(chosen, derived))
    return SavedCampaign(_created(actor, campaign, now, effect), checked)


def _created(actor: Actor, campaign: Campaign, now: int, effect: Effect | None = None) -> Campaign:
    created = config.create(actor, campaign, now, effect=effect)
    deal_saved_limits(Limits(), created, now)
    return created
