"""Stored decisions are made again: one with its own settings, many with a draft's (CAM-20)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.campaign_settings import Grading
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.leads import Facts, Person
from chalicelib.domain.replays import Redecided, decided_again, grading_then, verdict_then
from chalicelib.domain.setup import Campaign, Project
from chalicelib.domain.times import DAY_S, day_start, utc_day
from chalicelib.domain.visibility import may_see, person_visible
from chalicelib.stores import batch, leads, people, setup
from chalicelib.usecases.check_campaign import check_campaign
from chalicelib.usecases.organisation import organisation
from chalicelib.usecases.project_of import project_of
from chalicelib.usecases.read_campaigns import own_campaign
from chalicelib.usecases.read_lead import load
from chalicelib.usecases.record_access import Access, record_access

_DAYS_A_PAGE = 7


def replay_decision(lead_id: str, access: Access, now: int) -> Redecided:
    """Make the decision on a lead again, with the settings that judged it (CAM-20).

    The reading of the person is recorded. Raises NotFound (ACC-4), Conflict `erased` when the person is gone.
    """
    access.actor.require(Permission.CAMPAIGNS_MANAGE)
    facts, person = load(lead_id, access.actor, now)
    if person is None:
        raise Conflict("The person of this lead is gone.", "erased")
    campaign = setup.version_of(Campaign, facts.campaign_id, facts.config_version, now)
    if campaign is None:
        raise Unavailable("The settings that judged this lead cannot be read.")
    record_access([lead_id], access, now)
    return _replayed(facts, person, campaign, project_of(facts, now), grading_then(person))


def what_would_change(
    campaign_id: str,
    draft: Mapping[str, Any],
    days: int,
    limit: int,
    after: dict[str, Any] | None,
    access: Access,
    now: int,
) -> tuple[list[Redecided], int, dict[str, Any] | None]:
    """Judge up to `limit` leads of the last days again under a draft of the settings; nothing changes (CAM-20).

    Returns those that would be judged otherwise, how many were looked at, and the position to go on from. The
    reading of each person is recorded, for a draft's criteria can ask about them. Raises NotFound, Forbidden, and
    what a save of the draft would raise.
    """
    actor = access.actor
    actor.require(Permission.LEADS_READ)
    actor.require(Permission.CAMPAIGNS_MANAGE)
    campaign = replace(own_campaign(actor, campaign_id, now), **draft)
    check_campaign(actor, campaign, now)
    seen, following = _page(campaign_id, days, limit, after, actor, now)
    if seen:
        record_access([facts.lead_id for facts, _ in seen], access, now)
    grading = organisation(now).grading
    again = [_replayed(facts, person, campaign, project_of(facts, now), grading) for facts, person in seen]
    return [one for one in again if one.then != one.again], len(seen), following


def _page(
    campaign_id: str, days: int, limit: int, after: dict[str, Any] | None, actor: Actor, now: int
) -> tuple[list[tuple[Facts, Person]], dict[str, Any] | None]:
    """Read the next leads, newest day first; a page may be short where days have few."""
    position = after or {"day": utc_day(now), "after": None}
    oldest = utc_day(now - days * DAY_S)
    seen: list[tuple[Facts, Person]] = []
    for _ in range(_DAYS_A_PAGE):
        ids, onward = leads.of_day(campaign_id, position["day"], limit - len(seen), position["after"])
        seen += _live(ids, actor, now)
        if onward is None:
            earlier = utc_day(day_start(position["day"]) - DAY_S)
            if earlier < oldest:
                return seen, None
            position = {"day": earlier, "after": None}
        else:
            position = {"day": position["day"], "after": onward}
        if len(seen) >= limit:
            break
    return seen, position


def _live(ids: list[str], actor: Actor, now: int) -> list[tuple[Facts, Person]]:
    found = []
    for start in range(0, len(ids), 50):
        some = ids[start : start + 50]
        rows = batch.read([key for one in some for key in (leads.key(one), people.key(one))], now)
        for lead_id in some:
            facts, person = leads.found(lead_id, rows), people.found(lead_id, rows)
            if facts is None or person is None or not may_see(actor, facts):
                continue
            if person_visible(actor, facts, now) and not facts.retention.is_held_over(now):
                found.append((facts, person))
    return found


def _replayed(
    facts: Facts, person: Person, campaign: Campaign, project: Project, grading: Grading | None
) -> Redecided:
    decision = decided_again(facts, person, campaign, project, grading)
    return Redecided(facts, verdict_then(facts), decision, campaign.version)
