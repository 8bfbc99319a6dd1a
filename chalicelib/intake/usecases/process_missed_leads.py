"""Process the new leads that the stream has lost, by a schedule (PRI-17, data-model.md, Statistics)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.chunks import in_turn
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration

_DAYS = 3
_GRACE_S = 3_600
_PAGE = 100


@dataclass
class MissedLeadSweep:
    """What one run did: how many leads it processed, and how many failed."""

    now: int
    processed: int = 0
    failed: int = 0


def process_missed_leads(has_time: Callable[[], bool], now: int) -> MissedLeadSweep:
    """Process each lead of today and the two days before that is not counted an hour after its receipt.

    No index lists these leads, because that would cost a write for each lead. A run reads the facts of all leads of
    these days once, about one read unit each. Runs begin at different campaigns, so that a lack of time does not
    always affect the same one. A lead that fails does not stop the others.
    """
    sweep = MissedLeadSweep(now)
    for campaign_id, day in _days(now):
        for lead_id in _missed(campaign_id, day, has_time, now):
            _process(lead_id, sweep)
    return sweep


def _days(now: int) -> Iterator[tuple[str, str]]:
    """Yield every campaign with each of the days."""
    ids = [campaign.id for campaign in configuration.list_all(Campaign)]
    for campaign_id in in_turn(ids, now // DAY_S):
        for back in range(_DAYS):
            yield campaign_id, utc_day(now - back * DAY_S)


def _missed(campaign_id: str, day: str, has_time: Callable[[], bool], now: int) -> Iterator[str]:
    after = None
    while has_time():
        page = leads.list_day(campaign_id, day, _PAGE, after)
        if page.items:
            rows = batch.read([leads.key(lead_id) for lead_id in page.items], now)
            yield from (item for item in page.items if leads.is_uncounted(item, now - _GRACE_S, rows))
        after = page.next
        if after is None:
            return


def _process(lead_id: str, sweep: MissedLeadSweep) -> None:
    try:
        process_new_lead(lead_id, sweep.now)
        sweep.processed += 1
    except Exception as error:  # noqa: BLE001  # one lead must not stop the others
        observability.log_failure(error, lead_id=lead_id)
        sweep.failed += 1
