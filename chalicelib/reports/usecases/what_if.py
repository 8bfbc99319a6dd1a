"""Counts what would change under another retention of a campaign. It changes nothing (RET-18)."""

from dataclasses import replace

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import DayRowPosition
from chalicelib.core.retention import MAX_AHEAD_S, Policy, gone
from chalicelib.core.times import DAY_S, day_start, utc_day
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.reports.domain import WhatIfAsked, WhatIfWork

KIND = "what_if"
_PAGE = 100


def what_if(actor: Actor, campaign_id: str, days: int | None, now: int) -> WhatIfWork:
    """Return the work of comparing each live lead's end with its end under `days` (None: no policy).

    Raise NotFound for a campaign that is not the actor's (ACC-4).
    """
    _require_own(actor, campaign_id, now)
    start = _start(campaign_id, now)
    asked: WhatIfAsked = {"campaign_id": campaign_id, "days": days, "now": now}
    of = (now - day_start(utc_day(start))) // DAY_S + 1
    return WhatIfWork(KIND, asked, {"day": utc_day(start), "after": None}, of=of)


def require_right(actor: Actor, work: WhatIfWork, now: int) -> None:
    """Raise Forbidden without `reports.read`, NotFound for a campaign that is not the actor's."""
    actor.require(Permission.REPORTS_READ)
    _require_own(actor, work.asked["campaign_id"], now)


def _require_own(actor: Actor, campaign_id: str, now: int) -> None:
    campaign = configuration.cached(Campaign, campaign_id, now)
    if campaign is None or not actor.belongs_to(campaign.project_id):
        raise NotFound("There is no such campaign.")


def step(work: WhatIfWork, now: int) -> WhatIfWork:
    """Compare one page of a day's leads. They are read from the table, because the index lags."""
    position = work.require_position()
    asked, day = work.asked, position["day"]
    page = leads.list_day(asked["campaign_id"], day, _PAGE, position["after"])
    counts = dict(work.tally.get(day, {}))
    for facts in leads.get_many_as_stored(page.items, now).values():
        if facts.is_live(asked["now"]) and not facts.test:
            for name in _compared(facts, asked["days"], asked["now"]):
                counts[name] = counts.get(name, 0) + 1
    tally = {**work.tally, day: counts} if counts else work.tally
    if page.next is not None:
        return replace(work, tally=tally, position={"day": day, "after": page.next})
    next_day = day_start(day) + DAY_S
    next_position: DayRowPosition | None = (
        None if next_day > asked["now"] else {"day": utc_day(next_day), "after": None}
    )
    return replace(work, tally=tally, done=work.done + 1, position=next_position)


def _start(campaign_id: str, now: int) -> int:
    """Return when the campaign was created, or ten years ago if the ledger no longer has that entry."""
    entry = ledger.first_entry(f"campaign/{campaign_id}")
    return entry.at if entry is not None and entry.action == "created" else now - MAX_AHEAD_S


def _compared(facts: Facts, days: int | None, now: int) -> list[str]:
    policy = Policy(days, facts.retention.policy.rejected_days)
    then, today = replace(facts.retention, policy=policy).erase_at, facts.erase_at
    if then == today:
        return ["same"]
    if today is None or (then is not None and then < today):
        return ["earlier", "due_now"] if gone(then, now) else ["earlier"]
    return ["later"]
