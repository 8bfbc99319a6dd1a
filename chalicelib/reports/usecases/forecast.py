"""Counts how many persons reach their end on each day, by campaign (RET-18)."""

from dataclasses import replace

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.jobs.domain import Counts
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.reports.domain import ForecastAsked, ForecastWork

KIND = "forecast"
_PAGE = 1000


def forecast(actor: Actor, days: int, now: int) -> ForecastWork:
    """Return the work of counting persons by their end in the next `days` days, in the actor's projects (ACC-4)."""
    projects = None if actor.is_admin else sorted(actor.project_ids)
    asked: ForecastAsked = {"since": now + 1, "until": now + days * DAY_S, "projects": projects}
    return ForecastWork(KIND, asked, {"shard": 0, "after": None}, of=leads.DUE_SHARDS)


def require_right(actor: Actor, work: ForecastWork, now: int) -> None:
    """Raise Forbidden without `reports.read`, NotFound if one of the projects that are counted is not the actor's."""
    actor.require(Permission.REPORTS_READ)
    projects = work.asked["projects"]
    if projects is None and not actor.is_admin:
        raise NotFound("Not found.")
    for project_id in projects or ():
        actor.require_project(project_id)


def step(work: ForecastWork, now: int) -> ForecastWork:
    """Count one page of the index by deadline. Nothing is written."""
    position = work.require_position()
    shard, asked = position["shard"], work.asked
    page = leads.list_due(shard, asked["until"], _PAGE, position["after"], asked["since"])
    tally = {campaign_id: dict(days) for campaign_id, days in work.tally.items()}
    for _, erase_at, campaign_id in page.items:
        days, day = tally.setdefault(campaign_id, {}), utc_day(erase_at)
        days[day] = days.get(day, 0) + 1
    if page.next is None:
        shard += 1
    if shard < leads.DUE_SHARDS:
        return replace(work, tally=tally, done=shard, position={"shard": shard, "after": page.next})
    return replace(work, tally=_visible(tally, asked["projects"], now), done=shard, position=None)


def _visible(tally: Counts, projects: list[str] | None, now: int) -> Counts:
    if projects is None:
        return tally
    return {
        campaign_id: days
        for campaign_id, days in tally.items()
        if _cached_project_id(campaign_id, now) in projects
    }


def _cached_project_id(campaign_id: str, now: int) -> str | None:
    campaign = configuration.cached(Campaign, campaign_id, now)
    return campaign.project_id if campaign else None
