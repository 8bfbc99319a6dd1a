"""Folds the statistics and refusals of days that are over into one row a day (data-model.md, Statistics)."""

from collections.abc import Callable

from chalicelib import observability
from chalicelib.aws.dynamodb import folding
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.chunks import in_turn
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.organisation import store as configuration

_DAYS = 3
_TRIES = 4


def fold_statistics(has_time: Callable[[], bool], now: int) -> int:
    """Fold the days older than three, and return how many were folded. An erasure may spread a day again.

    May run twice at once, and may stop anywhere. A campaign that fails does not stop the others. Runs begin at
    different campaigns, so that a lack of time does not always affect the same one.
    """
    before, folded = utc_day(now - _DAYS * DAY_S), 0
    ids = [campaign.id for campaign in configuration.list_all(Campaign)]
    for campaign_id in in_turn(ids, now // DAY_S):
        try:
            for counter in (f"statistics#{campaign_id}", f"refusals#{campaign_id}"):
                folded += _fold(counter, before, has_time)
        except Exception as error:  # noqa: BLE001  # one campaign must not stop the others
            observability.log_failure(error, function="fold_statistics")
    return folded


def _fold(counter: str, before: str, has_time: Callable[[], bool]) -> int:
    folded = 0
    if not has_time():
        return folded
    for day in folding.list_spread_days(counter, before):
        if not has_time():
            return folded
        _fold_day(counter, day, has_time)
        folded += 1
    return folded


def _fold_day(counter: str, day: str, has_time: Callable[[], bool]) -> None:
    """Fold a day, in as many transactions as it takes; each may meet others that write the same rows."""
    message = "Others are writing the same rows; the day is folded later."
    while has_time() and not retrying(lambda _: folding.fold(counter, day), tries=_TRIES, message=message):
        pass
