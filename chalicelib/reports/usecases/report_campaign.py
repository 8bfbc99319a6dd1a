"""Reports the leads and costs of a campaign, by day (CAM-23)."""

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.organisation import store as configuration
from chalicelib.reports import domain as reports_domain
from chalicelib.reports.domain import Report


def report_campaign(actor: Actor, campaign_id: str, first: str, last: str, now: int) -> Report:
    """Return a campaign's numbers from one UTC day to another, both included, by two queries.

    Groups under five are hidden from readers without `leads.read` (data-model.md, Facts and person).
    Raise Forbidden, and NotFound for a campaign that is not the actor's (ACC-4).
    """
    actor.require(Permission.REPORTS_READ)
    campaign = configuration.cached(Campaign, campaign_id, now)
    if campaign is None or not actor.belongs_to(campaign.project_id):
        raise NotFound("There is no such campaign.")
    stored = counters.read_days(f"statistics#{campaign_id}", first, last)
    refused = counters.read_days(f"refusals#{campaign_id}", first, last)
    days = {
        day: reports_domain.numbers_of(stored.get(day, {}), refused.get(day, {}))
        for day in stored.keys() | refused.keys()
    }
    hidden = not actor.has(Permission.LEADS_READ)
    return Report(campaign_id, reports_domain.total_of(days.values()), days, hidden)
