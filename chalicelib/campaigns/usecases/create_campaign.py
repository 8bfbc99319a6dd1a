"""Adds a campaign."""

from collections.abc import Mapping
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_views import SavedCampaign
from chalicelib.campaigns.usecases.check_campaign import check_campaign
from chalicelib.campaigns.usecases.hash_password import with_password_hashed
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation, require
from chalicelib.core.retention import Policy
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain import effects
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases import config

_KIND = "cmp"


def create_campaign(
    actor: Actor, new_id: str, values: Mapping[str, Any], confirmation: Confirmation | None, now: int
) -> SavedCampaign:
    """Add a campaign to a project of one's own (INT-2); without a retention it starts with the project's (RET-2).

    A campaign with a policy is confirmed, and the request repeated with the same confirmation finds the
    campaign it made (RET-12). Another policy than the project's default needs retention.manage (RET-13).
    Raises NotFound for a foreign project, Invalid and Conflict as `check_campaign` does.
    """
    actor.require(Permission.CAMPAIGNS_MANAGE)
    actor.require_project(values["project_id"])
    default = config.get(Project, values["project_id"], now).default_retention
    chosen = {"retention": default, **values}
    campaign = Campaign(id=new_id, **with_password_hashed(chosen, new_id))
    found = check_campaign(actor, campaign, now)
    if campaign.retention != default:
        actor.require(Permission.RETENTION_MANAGE)
    if campaign.retention == default == Policy():
        return SavedCampaign(config.create(actor, campaign, now), found)
    effect = effects.of_new_campaign(default, campaign.retention)
    bound = config.confirmation_binding(actor, "create_campaign", "", 0, with_password_hashed(chosen, ""))
    confirmed = require(confirmation, effect, bound)
    derived = config.derived_id(_KIND, confirmed)
    known = configuration.get(Campaign, derived, now)
    if known is not None:
        return SavedCampaign(known, found)
    campaign = Campaign(id=derived, confirmed_by=confirmed.digest, **with_password_hashed(chosen, derived))
    return SavedCampaign(config.create(actor, campaign, now, effect=effect), found)
