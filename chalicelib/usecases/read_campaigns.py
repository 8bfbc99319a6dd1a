"""Reads the campaigns of one's own projects (ACC-4)."""

from typing import Any

from chalicelib.domain.access import Actor
from chalicelib.domain.campaigns import CampaignCredentials, CredentialUse
from chalicelib.domain.findings import Finding
from chalicelib.domain.setup import Campaign, Credential
from chalicelib.domain.times import utc_day
from chalicelib.stores import counters
from chalicelib.usecases import changes
from chalicelib.usecases.check_campaign import credentials_of, findings
from chalicelib.usecases.identify import UNKNOWN

Position = dict[str, Any] | None


def own_campaign(actor: Actor, campaign_id: str, now: int) -> Campaign:
    """Return a campaign of a project one belongs to; NotFound for any other (ACC-4)."""
    campaign = changes.get(Campaign, campaign_id, now)
    actor.require_project(campaign.project_id)
    return campaign


def read_campaign(actor: Actor, campaign_id: str, now: int) -> tuple[Campaign, CampaignCredentials]:
    """Return a campaign with its sources and what was refused today (ACC-4, ACC-9)."""
    campaign = own_campaign(actor, campaign_id, now)
    today = utc_day(now)
    seen = tuple(seen_of(credential, now) for credential in credentials_of(campaign_id))
    unknown = counters.failures_on(UNKNOWN, today, now)
    return campaign, CampaignCredentials(seen, unknown, counters.read_day(f"refusals#{campaign_id}", today))


def list_campaigns(
    actor: Actor, project_id: str | None, limit: int, after: Position
) -> tuple[list[Campaign], Position]:
    """Return a page of the campaigns of one's own projects, or of one of them (ACC-4)."""
    if project_id is not None:
        actor.require_project(project_id)
    return changes.list_visible(
        Campaign,
        limit,
        after,
        lambda campaign: actor.belongs_to(campaign.project_id) and project_id in (None, campaign.project_id),
    )


def read_findings(actor: Actor, campaign_id: str, now: int) -> tuple[Finding, ...]:
    """Return everything unwise or wrong in a campaign's settings (CAM-21, RET-17)."""
    return findings(own_campaign(actor, campaign_id, now), now)


def seen_of(credential: Credential, now: int) -> CredentialUse:
    """Return a credential with the day of its last use and today's refusals (ACC-2, ACC-9)."""
    last_used = counters.last_use(credential.id, now)
    return CredentialUse(credential, last_used, counters.failures_on(credential.id, utc_day(now), now))
