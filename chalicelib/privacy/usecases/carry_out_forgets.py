"""Carries out forget orders: marks, erases and looks again, until no lead of the contact is left (PRI-8a)."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.side_by_side import call_each
from chalicelib.core.chunks import chunks
from chalicelib.core.errors import Conflict, Effect, Unavailable
from chalicelib.core.times import Present
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import FORGETS, KEPT_S, Job
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, forget_orders, leads
from chalicelib.leads.store.contact_index import ListedLead
from chalicelib.privacy.domain import forget_work
from chalicelib.privacy.domain.forget_work import LeadsPart, OrderAsked, OrderWork
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.leave_indexes import remove_from_indexes
from chalicelib.privacy.usecases.mark_forgotten import ReadTogether, mark_forgotten, read_together

_PAGE = 100


def carry_out_forgets(clock: Present, has_time: Callable[[], bool], *, event_id: str | None = None) -> int:
    """Carry out the open orders while `has_time` is true. Return how many seconds the oldest open one is open.

    One process at a time works on an order, by a lease of 30 seconds that each checkpoint renews. An order is tried
    until it is done. A job that was lost is started again from its order. The next try of a killed event (`event_id`)
    goes on at once.
    """
    for order, work in forget_orders.list_work(clock()):
        _restore_job(order.id, work, clock())
    continue_jobs(clock, has_time, FORGETS, event_id=event_id)
    still_open = [order.at for order, _ in forget_orders.list_work(clock())]
    return max(0, clock() - min(still_open)) if still_open else 0


def step(work: OrderWork, now: int) -> OrderWork:
    """Do one page of the work. It may be repeated, and two processes may do it at once."""
    phase = work.require_position()["phase"]
    if phase == "mark":
        return _mark(work, now)
    return _erase(work, now) if phase == "erase" else _look(work, now)


def _restore_job(job_id: str, work: dict[str, Any], now: int) -> None:
    if jobs.get(job_id, now) is not None:
        return
    asked = cast(OrderAsked, work["asked"])
    kind, actor_id = asked["by"]
    job = Job(job_id, cast(Any, kind), actor_id, now, forget_work.new_work(asked, work["of"]))
    try:
        batch.write(jobs.insert(job), batch.token_of("job", job_id, now))
    except batch.Cancelled:
        return  # another process has restored it


def _mark(work: OrderWork, now: int) -> OrderWork:
    """Mark a page of leads. Their ids are stored first: an entry disappears with its lead's erasure."""
    asked, position = work.asked, work.require_position()
    part = cast(LeadsPart | None, jobs.get_part(asked["job_id"], position["parts"], now))
    if part is None:
        part = _next_part(work, now)
        if part["lead_ids"]:
            _put_part(work, position["parts"], part, now, is_new=True)
    _mark_each(work, _stored(part["lead_ids"], now), now)
    return forget_work.after_part(work, part.get("next"), len(part["lead_ids"]), 1 if part["lead_ids"] else 0)


def _next_part(work: OrderWork, now: int) -> LeadsPart:
    position = work.require_position()
    ref = forget_work.all_refs(work.asked)[position["ref"]]
    page = contact_index.page_of_leads(ref, _PAGE, position["after"], now)
    found = _covered(work, ref, page.items, now)
    return LeadsPart(lead_ids=[facts.lead_id for facts in found], next=page.next)


def _covered(work: OrderWork, ref: str, listed: Iterable[ListedLead], now: int) -> list[Facts]:
    """Return the leads of the order that are not erased, among entries of the contact index under a ref."""
    order = forget_work.order_of(work.asked)
    ids = [
        lead.lead_id
        for lead in listed
        if (lead.project_id is None or ref in order.refs_in(lead.project_id))
        and (lead.received_at is None or lead.received_at <= order.at)
    ]
    return [
        facts
        for facts in _stored(ids, now)
        if facts.erased_at is None and order.has_lead((ref,), facts.project_id, facts.received_at)
    ]


def _stored(lead_ids: Sequence[str], now: int) -> list[Facts]:
    return list(leads.get_many_as_stored(lead_ids, now).values())


def _mark_each(work: OrderWork, found: Sequence[Facts], now: int) -> None:
    """Mark the leads. A lead that fails is tried again with its erasure, and does not stop the others."""
    read = read_together((facts.lead_id for facts in found if facts.is_live(now)), now)
    for outcome in call_each(lambda facts: _mark_one(work, facts, now, read), found):
        if outcome.error is not None and not isinstance(outcome.error, Conflict):
            observability.log_failure(outcome.error, lead_id=outcome.item.lead_id)


def _mark_one(work: OrderWork, facts: Facts, now: int, read: ReadTogether | None = None) -> Facts | None:
    asked = work.asked
    actor, effect = forget_work.actor_of(asked), Effect(asked["effect"], {})
    return mark_forgotten(actor, facts, effect, asked["digest"], now, at=asked["at"], read=read)


def _erase(work: OrderWork, now: int) -> OrderWork:
    """Erase the leads of a part; without any progress raise Unavailable, so that the job pauses."""
    position = work.require_position()
    number = position["erased"]
    if number == position["parts"]:
        return forget_work.to_look(work)
    part = cast(LeadsPart, jobs.get_part(work.asked["job_id"], number, now) or {"lead_ids": []})
    found = _stored(part["lead_ids"], now)
    unlisted = remove_from_indexes(found)
    outcomes = call_each(lambda facts: _erase_one(work, facts, facts.lead_id in unlisted, now), found)
    failed = [outcome.item.lead_id for outcome in outcomes if outcome.error is not None]
    for outcome in outcomes:
        if outcome.error is not None:
            observability.log_failure(outcome.error, lead_id=outcome.item.lead_id)
    if failed and len(failed) == len(outcomes):
        raise Unavailable("No lead of this part could be erased; it is tried again.")
    erased = {facts.lead_id: facts.erased_at for facts in _stored(part["lead_ids"], now) if facts.erased_at}
    _put_part(work, number, LeadsPart(lead_ids=part["lead_ids"], erased=erased), now)
    if failed:
        _put_part(work, position["parts"], LeadsPart(lead_ids=failed, next=None), now)
    held = sum(outcome.error is None and outcome.result is False for outcome in outcomes)
    return forget_work.after_erasures(work, len(erased), held, failed)


def _erase_one(work: OrderWork, facts: Facts, is_unlisted: bool, now: int) -> bool:
    """Erase a lead, which another process may have marked or erased. Return False if a legal hold keeps it (RET-19)."""
    try:
        marked = _mark_one(work, facts, now)
    except Conflict:
        return False
    if marked is not None:
        finish_erasure(facts.lead_id, "forget", now, read=marked, is_unlisted=is_unlisted)
    return True


def _look(work: OrderWork, now: int) -> OrderWork:
    """Close the order if no lead is left, not even one that was on its way when it was given."""
    if now < work.require_position()["not_before"]:
        return work
    for ref in forget_work.all_refs(work.asked):
        for listed in chunks(contact_index.each_lead(ref, now), _PAGE):
            if any(not facts.retention.has_legal_hold(now) for facts in _covered(work, ref, listed, now)):
                return forget_work.to_mark_again(work, now)
    batch.write_one(forget_orders.close_order(work.asked["job_id"]))
    return forget_work.as_complete(work)


def _put_part(work: OrderWork, number: int, part: LeadsPart, now: int, *, is_new: bool = False) -> None:
    job_id = work.asked["job_id"]
    batch.write_one(jobs.put_part(job_id, number, dict(part), now + KEPT_S, is_new=is_new))
