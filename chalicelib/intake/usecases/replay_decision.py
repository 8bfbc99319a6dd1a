"""Make stored decisions again: one with its own settings, many with those of a draft (CAM-20)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.usecases.check_campaign import check_campaign
from chalicelib.campaigns.usecases.read_campaigns import get_own_campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.paging import DayRowPosition, Page
from chalicelib.core.times import DAY_S, day_start, utc_day
from chalicelib.intake.domain.drafts import (
    DraftState,
    DraftStateJson,
    EvaluatedLead,
    draft_state_of,
    evaluate_in_turn,
)
from chalicelib.intake.domain.replays import (
    ReplayedDecision,
    Rules,
    grading_then,
    replay,
    verdict_then,
)
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.visibility import may_see, person_visible
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.read_lead import load_lead
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_DAYS_A_PAGE = 7


class ReplayPosition(DayRowPosition):
    """The last lead that was evaluated, and how much of the limits the leads so far have used under the draft."""

    taken: DraftStateJson


@dataclass(frozen=True)
class ChangedDecisions(Page[ReplayedDecision, ReplayPosition]):
    """A page of the decisions that a draft would change, and how many leads were evaluated for it."""

    examined: int


def replay_decision(access: Access, lead_id: str, now: int) -> ReplayedDecision:
    """Make the decision on a lead again, with the settings that decided on it (CAM-20).

    The access to the person is recorded. Raise NotFound (ACC-4), Conflict `erased` when the person is gone.
    """
    access.actor.require(Permission.CAMPAIGNS_MANAGE)
    facts, person = load_lead(access.actor, lead_id, now)
    if person is None:
        raise Conflict("The person of this lead is gone.", "erased")
    campaign = _version(facts.campaign_id, facts.config_version, now)
    record_access(access, [lead_id], cached_organisation(now), now)
    rules = Rules(campaign, cached_lead_type_of(facts, now), get_project_of(facts, now), grading_then(person))
    decision = replay(facts, person, rules, campaign)
    return ReplayedDecision(facts, verdict_then(facts), decision, campaign.version)


def what_would_change(
    access: Access,
    campaign_id: str,
    draft: Mapping[str, Any],
    days: int,
    limit: int,
    after: ReplayPosition | None,
    now: int,
) -> ChangedDecisions:
    """Decide on up to `limit` leads of the last days again under a draft of the settings; nothing changes (CAM-20).

    Evaluate the oldest first, each with the limits as the leads before it leave them under the draft. Return those
    with another decision. The access to each person is recorded, because a draft's criteria can ask about them.
    Raise NotFound, Forbidden, and what saving the draft would raise.
    """
    actor = access.actor
    actor.require(Permission.LEADS_READ)
    actor.require(Permission.CAMPAIGNS_MANAGE)
    campaign = replace(get_own_campaign(actor, campaign_id, now), **draft)
    check_campaign(actor, campaign, now)
    position: ReplayPosition = after or {
        "day": utc_day(now - days * DAY_S),
        "after": None,
        "taken": DraftState().to_json(),
    }
    page = _page(actor, campaign_id, limit, position, now)
    lead_ids = [facts.lead_id for facts, person in page.items if person is not None]
    if lead_ids:
        record_access(access, lead_ids, cached_organisation(now), now)
    before = draft_state_of(position["taken"])
    decisions, taken = evaluate_in_turn(page.items, rules_of(campaign, now), _settings_finder(now), before)
    next_position: ReplayPosition | None = None
    if page.next is not None:
        next_position = {**page.next, "taken": taken.to_json()}
    return ChangedDecisions(
        [decision for decision in decisions if decision.then != decision.again], next_position, len(decisions)
    )


def rules_of(campaign: Campaign, now: int) -> Rules:
    """Return the present settings for a decision; raise Unavailable if they cannot be read."""
    project, lead_type = (
        configuration.get(Project, campaign.project_id, now),
        configuration.get(LeadType, campaign.lead_type_id, now),
    )
    if project is None or lead_type is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return Rules(campaign, lead_type, project, cached_organisation(now).grading)


def settings_of(facts: Facts, now: int) -> Campaign:
    """Return the settings that decided on a lead; raise Unavailable if they cannot be read."""
    return _version(facts.campaign_id, facts.config_version, now)


def _settings_finder(now: int) -> Callable[[Facts], Campaign]:
    """Return a function that finds the settings that decided on a lead, and reads each version once."""
    versions = cache(lambda campaign_id, version: _version(campaign_id, version, now))
    return lambda facts: versions(facts.campaign_id, facts.config_version)


def _version(campaign_id: str, version: int, now: int) -> Campaign:
    campaign = configuration.get_version(Campaign, campaign_id, version, now)
    if campaign is None:
        raise Unavailable("The settings that decided on this lead cannot be read.")
    return campaign


def _page(
    actor: Actor, campaign_id: str, limit: int, position: DayRowPosition, now: int
) -> Page[EvaluatedLead, DayRowPosition]:
    """Read the next leads, oldest day first; a page may be short if days have few."""
    day, after, today = position["day"], position["after"], utc_day(now)
    items: list[EvaluatedLead] = []
    for _ in range(_DAYS_A_PAGE):
        page = leads.list_day(campaign_id, day, limit - len(items), after, newest_first=False)
        items += _leads(actor, page.items, now)
        after = page.next
        if after is None:
            if day >= today:
                return Page(items, None)
            day = utc_day(day_start(day) + DAY_S)
        if len(items) >= limit:
            break
    return Page(items, {"day": day, "after": after})


def _leads(actor: Actor, ids: Sequence[str], now: int) -> list[EvaluatedLead]:
    """Return leads, with the persons the actor may see; a lead without its person is not evaluated again."""
    items: list[EvaluatedLead] = []
    rows = batch.read_many([key for lead_id in ids for key in (leads.key(lead_id), people.key(lead_id))], now)
    for lead_id in ids:
        facts, person = leads.from_batch(lead_id, rows), people.from_batch(lead_id, rows)
        if facts is not None:
            items.append((facts, person if _is_visible(actor, facts, now) else None))
    return items


def _is_visible(actor: Actor, facts: Facts, now: int) -> bool:
    visible = may_see(actor, facts) and person_visible(actor, facts, now)
    return visible and not facts.retention.is_kept_by_hold(now)
