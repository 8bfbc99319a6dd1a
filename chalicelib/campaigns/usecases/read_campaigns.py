"""Reads the campaigns of the actor's projects (ACC-4)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_views import CampaignCredentials
from chalicelib.campaigns.domain.findings import Finding
from chalicelib.campaigns.usecases.check_campaign import credentials_of, findings
from chalicelib.core.access import Actor, Permission
from chalicelib.core.paging import LastKey, Page
from chalicelib.core.providers import host_of
from chalicelib.core.times import utc_day
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases import config
from chalicelib.users.usecases.authenticate import UNKNOWN
from chalicelib.users.usecases.read_credentials import use_of


def get_own_campaign(actor: Actor, campaign_id: str, now: int) -> Campaign:
    """Return a campaign of the actor's projects. Raise NotFound for any other (ACC-4)."""
    campaign = config.get(Campaign, campaign_id, now)
    actor.require_project(campaign.project_id)
    return campaign


def campaign_exists(campaign_id: str, now: int) -> bool:
    """Tell whether a campaign with this id exists."""
    return configuration.get(Campaign, campaign_id, now) is not None


def read_campaign(actor: Actor, campaign_id: str, now: int) -> tuple[Campaign, CampaignCredentials]:
    """Return a campaign with its credentials, and today's failures and rejections (ACC-4, ACC-9)."""
    campaign = _shown(actor, get_own_campaign(actor, campaign_id, now))
    today = utc_day(now)
    uses = tuple(use_of(credential, now) for credential in credentials_of(campaign_id))
    unknown = counters.failures_on(UNKNOWN, today, now)
    return campaign, CampaignCredentials(uses, unknown, counters.read_day(f"refusals#{campaign_id}", today))


def list_campaigns(actor: Actor, project_id: str | None, limit: int, after: LastKey | None) -> Page[Campaign]:
    """Return a page of the campaigns of the actor's projects, or of one of these projects (ACC-4)."""
    if project_id is not None:
        actor.require_project(project_id)
    page = config.list_visible(
        Campaign,
        limit,
        after,
        lambda campaign: actor.belongs_to(campaign.project_id) and project_id in (None, campaign.project_id),
    )
    return replace(page, items=[_shown(actor, campaign) for campaign in page.items])


def _shown(actor: Actor, campaign: Campaign) -> Campaign:
    """Return a campaign as the actor may read it: without `campaigns.manage` only the hosts of its services (ACC-3a).

    The address of a service may hold a key of the provider.
    """
    if actor.has(Permission.CAMPAIGNS_MANAGE):
        return campaign
    services = {
        name: replace(
            service,
            options={
                key: host_of(value) or "" if key == "url" else value for key, value in service.options.items()
            },
        )
        for name, service in campaign.services.items()
    }
    return replace(campaign, services=services)


def read_findings(actor: Actor, campaign_id: str, now: int) -> tuple[Finding, ...]:
    """Return the findings of a campaign's settings: errors and warnings (CAM-21, RET-17)."""
    return findings(get_own_campaign(actor, campaign_id, now), now)
