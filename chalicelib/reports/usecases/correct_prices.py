"""Corrects the price of the leads of a period, as a job, with a ledger entry (INT-4)."""

from dataclasses import replace
from decimal import Decimal

from chalicelib.aws.dynamodb import batch, counters
from chalicelib.campaigns.usecases.read_campaigns import get_own_campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.paging import DayRowPosition
from chalicelib.core.times import DAY_S, day_start, utc_day
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.reports.domain import (
    CorrectedTally,
    PriceCorrectionAsked,
    PriceCorrectionWork,
    difference,
)

KIND = "price_correction"
_PAGE = 50
_TRIES = 4


def correct_prices(
    actor: Actor, campaign_id: str, first: str, last: str, price: Decimal, job_id: str, now: int
) -> str:
    """Start a job that corrects the price of a campaign's leads received from one UTC day to another. Return its id.

    Accepted leads get the new price at once, held leads when they are released. Other leads and test leads keep theirs.
    The ledger has one entry for the correction. Each lead is counted once, in one transaction with its report (INT-4).
    Raise Forbidden, NotFound for a campaign that is not the actor's (ACC-4), Invalid for future days.
    """
    actor.require(Permission.CAMPAIGNS_MANAGE)
    get_own_campaign(actor, campaign_id, now)
    _require_past(last, now)
    asked: PriceCorrectionAsked = {"campaign_id": campaign_id, "last": last, "price": str(price)}
    of = (day_start(last) - day_start(first)) // DAY_S + 1
    start: DayRowPosition = {"day": first, "after": None}
    work = PriceCorrectionWork(KIND, asked, start, of=of, tally={"leads": {"corrected": 0}})
    entry_id = ledger_entries.entry_id("price_correction", campaign_id, job_id)
    detail = {"job_id": job_id, "from": first, "to": last}
    fields = (FieldChange("price", None, str(price)),)
    entry = ledger_entries.change(
        actor, f"campaign/{campaign_id}", "price_correction", now, entry_id, fields, detail
    )
    writes = [
        *jobs.insert(Job(job_id, actor.kind, actor.id, now, work)),
        ledger.insert(entry, cached_organisation(now)),
    ]
    batch.write(writes, batch.token_of("price_correction", job_id))
    return job_id


def require_right(actor: Actor, work: PriceCorrectionWork, now: int) -> None:
    """Raise Forbidden without `campaigns.manage`, NotFound for a campaign that is not the actor's."""
    actor.require(Permission.CAMPAIGNS_MANAGE)
    get_own_campaign(actor, work.asked["campaign_id"], now)


def _require_past(last: str, now: int) -> None:
    if last > utc_day(now):
        message = "Future leads have no price yet: change the campaign's price for them."
        raise Invalid("Some fields are not acceptable.", fields=[FieldError("to", "period", message)])


def step(work: PriceCorrectionWork, now: int) -> PriceCorrectionWork:
    """Correct one page of a day's leads. A lead that has the new price already is not changed."""
    position = work.require_position()
    asked, day = work.asked, position["day"]
    page = leads.list_day(asked["campaign_id"], day, _PAGE, position["after"])
    facts_by_id = leads.get_many_as_stored(page.items, now)
    done = sum(_correct(facts, Decimal(asked["price"]), now) for facts in facts_by_id.values())
    tally: CorrectedTally = {"leads": {"corrected": work.tally["leads"]["corrected"] + done}}
    if page.next is not None:
        return replace(work, tally=tally, position={"day": day, "after": page.next})
    next_day = utc_day(day_start(day) + DAY_S)
    next_position: DayRowPosition | None = (
        None if next_day > asked["last"] else {"day": next_day, "after": None}
    )
    return replace(work, tally=tally, done=work.done + 1, position=next_position)


def _correct(facts: Facts, price: Decimal, now: int) -> bool:
    """Set one lead's price and correct the statistics in the same transaction. Tell whether it changed.

    Tries again after a concurrent write. A held lead costs nothing yet; its new price counts from its release.
    """
    current: Facts | None = facts
    for _ in range(_TRIES):
        if current is None or not _needs_price(price, current):
            return False
        try:
            _write(current, replace(current, price=price))
        except batch.Cancelled:
            current = leads.get_as_stored(facts.lead_id, now)
            continue
        return True
    raise batch.Cancelled(conflict=True)


def _needs_price(price: Decimal, facts: Facts) -> bool:
    return not facts.test and facts.status in (Status.ACCEPTED, Status.HELD) and facts.price != price


def _write(before: Facts, after: Facts) -> None:
    writes: list[batch.Write] = [leads.reprice(before, after)]
    amounts, token = (
        difference(before, after),
        batch.token_of("price", before.lead_id, before.version, after.price),
    )
    if amounts:
        writes.append(counters.add_statistics(before.campaign_id, before.received_at, amounts, token))
    batch.write(writes, token)
