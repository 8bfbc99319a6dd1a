"""Decide on stored leads again under a draft of the campaign's settings (CAM-20)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.usecases.check_campaign import check_campaign
from chalicelib.campaigns.usecases.hash_password import with_password_hashed
from chalicelib.campaigns.usecases.read_campaigns import get_own_campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Unavailable
from chalicelib.core.paging import DayRowPosition, Page
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S, day_start, utc_day
from chalicelib.intake.domain.drafts import (
    DraftState,
    DraftStateJson,
    EvaluatedLead,
    draft_state_of,
    evaluate_in_turn,
)
from chalicelib.intake.domain.replays import ReplayedDecision, Rules
from chalicelib.intake.usecases.replay_decision import settings_version
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.visibility import may_see, person_visible
from chalicelib.leads.store import leads
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
    saved = get_own_campaign(actor, campaign_id, now)
    campaign = replace(saved, **with_password_hashed(draft, campaign_id))
    check_campaign(actor, campaign, now, before=saved)
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
    decisions, taken = evaluate_in_turn(
        page.items, _rules(actor, campaign, now), _settings_finder(now), before
    )
    next_position: ReplayPosition | None = None
    if page.next is not None:
        next_position = {**page.next, "taken": taken.to_json()}
    return ChangedDecisions(
        [decision for decision in decisions if decision.then != decision.again], next_position, len(decisions)
    )


def _rules(actor: Actor, campaign: Campaign, now: int) -> Rules:
    project, lead_type = (
        configuration.get(Project, campaign.project_id, now),
        configuration.get(LeadType, campaign.lead_type_id, now),
    )
    if project is None or lead_type is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return Rules(campaign, lead_type, project, cached_organisation(now).grading, asked_by=actor)


def _settings_finder(now: int) -> Callable[[Facts], Campaign]:
    """Return a function that finds the settings that decided on a lead, and reads each version once."""
    versions = cache(lambda campaign_id, version: settings_version(campaign_id, version, now))
    return lambda facts: versions(facts.campaign_id, facts.config_version)


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
    found = leads.get_with_people(ids, now).values()
    return [(facts, person if _is_visible(actor, facts, now) else None) for facts, person in found]


def _is_visible(actor: Actor, facts: Facts, now: int) -> bool:
    visible = may_see(actor, facts) and person_visible(actor, facts, now)
    return visible and not facts.retention.is_kept_by_hold(now)
