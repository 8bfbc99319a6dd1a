"""Deals the limits of a campaign out to their rows (CAM-10)."""

from collections.abc import Sequence

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.campaigns import store
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.errors import Unavailable
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.share_deals import deal_shares, is_dealt, is_withheld
from chalicelib.core.shares import MOST_ROWS, Measures, Share, rows_for, share_at
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project

_TRIES = 4


@dataclass(frozen=True)
class LimitRows:
    """All rows of a campaign's limits, and what earlier releases have counted (None: that row is closed)."""

    shares: Sequence[Share]
    former: PeriodCounts | None


def deal_saved_limits(before: Limits, campaign: Campaign, now: int) -> None:
    """Deal the limits that a request has just saved, if they are others than before.

    If this fails, the request has succeeded all the same: the leads that meet the rows deal (CAM-10).
    """
    if campaign.limits == before or not campaign.limits.are_set:
        return
    project = configuration.cached(Project, campaign.project_id, now)
    try:
        if project is not None:
            retrying(
                lambda _: deal_limits(campaign, project.zone, now, leave_newer=True),
                tries=_TRIES,
                message="The limits are saved and not dealt yet.",
            )
    except Unavailable:
        observability.log("WARNING", "limits_not_dealt")


def deal_limits(campaign: Campaign, zone: str, now: int, *, leave_newer: bool = False) -> list[Share]:
    """Deal the limits, unless the rows are dealt for them; return the rows as they are stored then.

    With `leave_newer`, rows that were dealt for later settings stay. One transaction writes all rows, so that a crash
    leaves all or none of them. Raise Cancelled if a row was written meanwhile, Unavailable.
    """
    limits, read = store.measures(campaign.limits), read_rows(campaign.id, now)
    needed = [share for share in read.shares if share.number < rows_for(limits)]
    is_newer = leave_newer and any(share.of > campaign.version for share in needed)
    if is_newer or (read.former is None and _are_dealt(needed, limits, zone, now)):
        return needed
    dealt = deal_shares(read.shares, limits, campaign.version, now, zone, before=read.former)
    writes: list[batch.Write] = [store.put(campaign.id, share) for share in dealt]
    if read.former is not None:
        writes.append(store.close_former(campaign.id, read.former))
    batch.write(writes, batch.token_of("deal", campaign.id, campaign.version, dealt[0].deal, now))
    return dealt[: rows_for(limits)]


def read_rows(campaign_id: str, now: int) -> LimitRows:
    """Return all rows of a campaign's limits, as one deal has left them; usually in one round trip.

    A batch read is no snapshot. One that sees a part of a deal would find some places in two rows, and is repeated. A
    row of earlier releases that stays open beside the others was written after a return to such a release, and counts.
    """
    numbers = range(MOST_ROWS)
    for attempt in range(_TRIES):
        rows = batch.read([*store.keys(campaign_id, numbers), store.former_key(campaign_id)], now)
        shares = store.from_batch(campaign_id, numbers, rows)
        former = store.former_from_batch(campaign_id, rows)
        deals = len({share.deal for share in shares})
        if deals + (former is not None) <= 1 or (deals == 1 and attempt == _TRIES - 1):
            return LimitRows(shares, former)
    raise Unavailable("The limits were dealt again and again; nothing was decided.")


def _are_dealt(shares: Sequence[Share], limits: Measures, zone: str, now: int) -> bool:
    present = [share_at(share, now, zone) for share in shares]
    return is_dealt(present, limits) and not is_withheld(present, limits)
