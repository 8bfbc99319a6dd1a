"""The steps of the bulk changes of retention: campaigns first, then their leads, each by itself (RET-20)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.errors import Conflict
from chalicelib.core.times import DAY_S, day_start, optional_iso, utc_day
from chalicelib.jobs.domain import GAVE_UP
from chalicelib.leads.domain import bulk_retention as bulk_change
from chalicelib.leads.domain import erasure
from chalicelib.leads.domain.lead_retention import retention_changes
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import activities, leads
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain.entries import entry_id
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases import config
from chalicelib.privacy.domain import bulk_retention
from chalicelib.privacy.domain.bulk_retention import BulkAsked, BulkPosition, BulkWork
from chalicelib.privacy.usecases.finish_past_end import finish_past_end

_PAGE = 25
_PAUSE_S = 30
_TRIES = 4


def step(work: BulkWork, now: int) -> BulkWork:
    """Set one campaign, or change one page of its leads. A lead that changed already, changes no more.

    When all are done, the days since the start are read once more after half a minute: the index lags, and a lead may
    have been decided just before its campaign was set.
    """
    position = work.require_position()
    if now < position["not_before"]:
        return work
    results = list(_set_campaign(work, now)) if _is_first_page(work.asked, position) else []
    page_next = None
    if work.asked["leads"]:
        campaign_id = work.asked["campaigns"][position["campaign"]]
        page = leads.list_day(campaign_id, position["day"], _PAGE, position["after"], newest_first=False)
        page_next = page.next
        results += [_changed(work, facts, now) for facts in leads.get_many(page.items, now).values()]
    counts = bulk_retention.count_results(work.tally["counts"], results)
    after = replace(work, tally={"counts": counts})
    if page_next is not None:
        return replace(after, position={**position, "after": page_next})
    return _next_day(after, now)


def first_position(asked: BulkAsked) -> BulkPosition:
    """Return the position at which a bulk change starts."""
    day = asked["first_days"][0]
    return {"campaign": 0, "day": day, "after": None, "round": 0, "not_before": asked["now"]}


def pages(asked: BulkAsked, now: int) -> Iterator[list[Facts]]:
    """Yield the leads of the project page by page, newest day first."""
    first = min(asked["first_days"], default=utc_day(now))
    for start in range(day_start(utc_day(now)), day_start(first) - 1, -DAY_S):
        day = utc_day(start)
        for campaign_id, first_day in zip(asked["campaigns"], asked["first_days"], strict=True):
            if first_day <= day:
                yield from _pages_of_day(campaign_id, day, now)


def changed_facts(work: BulkWork, found: Iterable[Facts], now: int) -> Iterator[tuple[Facts, Facts]]:
    """Yield each lead that the bulk change moves, before and after it."""
    for facts in found:
        after = _after(work, facts, now)
        if after != facts:
            yield facts, after


def _pages_of_day(campaign_id: str, day: str, now: int) -> Iterator[list[Facts]]:
    after = None
    while True:
        page = leads.list_day(campaign_id, day, _PAGE, after)
        yield list(leads.get_many(page.items, now).values())
        after = page.next
        if after is None:
            return


def _is_first_page(asked: BulkAsked, position: BulkPosition) -> bool:
    first_day = asked["first_days"][position["campaign"]]
    return position["round"] == 0 and position["after"] is None and position["day"] == first_day


def _next_day(work: BulkWork, now: int) -> BulkWork:
    """Return the work at its next day, its next campaign, its second round, or its end."""
    position, asked = work.require_position(), work.asked
    start: BulkPosition = {**position, "after": None}
    next_day = utc_day(day_start(position["day"]) + DAY_S)
    if asked["leads"] and next_day <= utc_day(now):
        return replace(work, position={**start, "day": next_day})
    number = position["campaign"] + 1
    if number < len(asked["campaigns"]):
        day = asked["first_days"][number] if position["round"] == 0 else utc_day(asked["now"])
        done = number if position["round"] == 0 else work.done
        return replace(work, done=done, position={**start, "campaign": number, "day": day})
    if asked["leads"] and position["round"] == 0:
        again: BulkPosition = {**start, "campaign": 0, "day": utc_day(asked["now"]), "round": 1}
        return replace(work, position={**again, "not_before": now + _PAUSE_S})
    error = GAVE_UP if work.tally["counts"]["failed"] else None
    return replace(work, done=work.of, position=None, error=error)


def _set_campaign(work: BulkWork, now: int) -> Iterator[str]:
    """Give the campaign of this position the policy, with an entry of its own, unless it has the policy already."""
    if "policy" not in work.asked:
        return
    campaign_id = work.asked["campaigns"][work.require_position()["campaign"]]
    policy = bulk_retention.policy_of(work.asked)

    def attempt(_: int) -> bool:
        before = configuration.get(Campaign, campaign_id, now)
        if before is None or before.retention == policy:
            return False
        try:
            config.update(_actor(work.asked), before, config.next_version(before, {"retention": policy}), now)
        except Conflict as error:
            raise batch.Cancelled(conflict=True) from error
        return True

    if retrying(attempt, tries=_TRIES, message="Others are changing the same campaign."):
        yield "campaigns"


def _changed(work: BulkWork, facts: Facts, now: int) -> str:
    """Change one lead; return `changed`, `erased`, `failed` or nothing. A failure stops no other."""

    def attempt(number: int) -> str:
        current = leads.get(facts.lead_id, now) if number else facts
        if current is None or current.erased_at is not None:
            return ""
        if erasure.is_due(current, now):
            finish_past_end(current.lead_id, "retention", now)
            return ""
        after = _after(work, current, now)
        return _write(work, current, after, now) if after != current else ""

    try:
        return retrying(attempt, tries=_TRIES, message="Others are changing the same lead.")
    except Exception as error:  # noqa: BLE001  # one lead must not stop the others
        observability.log_failure(error, lead_id=facts.lead_id)
        return "failed"


def _after(work: BulkWork, facts: Facts, now: int) -> Facts:
    if "policy" in work.asked:
        return bulk_change.with_policy_applied(facts, bulk_retention.policy_of(work.asked), now)
    rules = _rules(work, now)
    if not bulk_change.may_apply_outcome(facts, rules, now):
        return facts
    recorded_at = bulk_change.outcome_recorded_at(facts, activities.list_all(facts.lead_id, now))
    days = bulk_change.outcome_days(facts, rules)
    if recorded_at is None or days is None:
        return facts
    return bulk_change.with_outcome_applied(facts, days, recorded_at)


def _rules(work: BulkWork, now: int) -> dict[str, int | None]:
    """Return the days by outcome that were confirmed. A job of an earlier release has none: it takes the project's."""
    if "rules" in work.asked:
        return work.asked["rules"]
    project = configuration.cached(Project, work.asked["project_id"], now)
    return {} if project is None else bulk_change.outcome_rules(project)


def _write(work: BulkWork, before: Facts, after: Facts, now: int) -> str:
    """Write the new deadline with its entries. A person past it is erased at once, after a crash by the schedule."""
    change_id = entry_id("retention", before.lead_id, before.version, now)
    history = {
        "due_at": optional_iso(after.retention.due_at),
        "due_at_before": optional_iso(before.retention.due_at),
        "origin": after.retention.due_origin.value,
        "reason": work.kind,
    }
    entries = history_and_ledger(
        _actor(work.asked),
        before,
        "retention",
        change_id,
        now,
        fields=retention_changes(before, after),
        detail={"reason": work.kind},
        history=history,
    )
    writes: list[batch.Write] = [leads.move_deadline(before, after, now), *entries]
    token = batch.token_of(
        work.kind, before.lead_id, before.version, after.retention.due_at, work.asked["now"]
    )
    if after.is_live(now):
        move_deadline(before, after, writes, token, now)
        return "changed"
    batch.write(writes, token)
    return "erased" if finish_past_end(before.lead_id, "retention", now) else "changed"


def _actor(asked: BulkAsked) -> Actor:
    kind, actor_id = asked["by"]
    return Actor(kind=cast(Any, kind), id=actor_id)
