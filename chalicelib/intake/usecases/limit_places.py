"""Find a place of the campaign's limits for one lead, in rows that each have a share of them (CAM-10)."""

from collections.abc import Sequence

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns import store
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.campaigns.usecases.deal_limits import deal_limits, read_rows
from chalicelib.core.period_counts import PeriodCounts, at
from chalicelib.core.share_deals import is_dealt, is_withheld
from chalicelib.core.shares import (
    ChosenPlace,
    Measures,
    Share,
    choose_numbers,
    choose_places,
    estimate,
    has_room,
    rows_for,
    share_at,
    total,
)
from chalicelib.core.times import MINUTE_S
from chalicelib.intake.domain.limit_state import reached

_DEALS_FROM = 3  # the fourth try: if each lead dealt at once, they would cancel one another
_full: dict[str, tuple[int, Limits, int, PeriodCounts]] = {}


def clear_cache() -> None:
    """Forget which limits are used up, as in a new process."""
    _full.clear()


def choose_rows(campaign: Campaign, met: int | None) -> tuple[list[int], list[batch.Key]]:
    """Return the numbers and keys of two rows, at random, without the one that a cancelled write has just met."""
    numbers = choose_numbers(store.measures(campaign.limits), met, clock.random_below)
    return numbers, store.keys(campaign.id, numbers)


class LimitPlaces:
    """The rows of a campaign's limits as one try of a lead has read them, and the place that it chose."""

    def __init__(
        self, campaign: Campaign, numbers: Sequence[int], rows: batch.BatchRows, zone: str, now: int
    ) -> None:
        self._campaign, self._zone, self._now = campaign, zone, now
        self._limits: Measures = store.measures(campaign.limits)
        self._read: dict[int, Share] = {}
        self._places: list[ChosenPlace] = []
        self._estimate: PeriodCounts | None = None
        self._seen = self._note(store.from_batch(campaign.id, numbers, rows))

    def seen(self) -> PeriodCounts:
        """Return what all rows have taken, as those that were read show it."""
        if self._estimate is None:
            dealt = [share for share in self._seen if share.limits == self._limits]
            self._estimate = estimate(dealt or self._seen)
        return self._estimate

    def look(self) -> PeriodCounts:
        """Return what the limits have taken: below each of them if there is a place, otherwise the sum of all rows.

        All rows are read only if those that were read have no room. That the limits are used up is remembered until
        the minute ends, for no place comes back within it.
        """
        usable = [share for share in self._seen if share.limits == self._limits and has_room(share)]
        if usable:
            self._places = [ChosenPlace(usable[clock.random_below(len(usable))])]
            return self.seen()
        return self._remembered() or self._all()

    def writes(self, attempt: int) -> list[batch.Write]:
        """Return the writes that take the place.

        Where the rows are not dealt for these limits, deal from the fourth try on. Raise Cancelled before it.
        """
        if not self._places:
            self._deal(attempt)
        return [
            store.take(self._campaign.id, self._read[place.share.number], place) for place in self._places
        ]

    @property
    def met(self) -> int | None:
        """Return the number of a row that this try writes, or None."""
        return self._places[0].share.number if self._places else None

    def _note(self, shares: Sequence[Share]) -> list[Share]:
        self._read |= {share.number: share for share in shares}
        return [share_at(share, self._now, self._zone) for share in shares]

    def _all(self) -> PeriodCounts:
        numbers = range(rows_for(self._limits))
        rows = batch.read(store.keys(self._campaign.id, numbers), self._now)
        shares = self._note(store.from_batch(self._campaign.id, numbers, rows))
        if not is_dealt(shares, self._limits):
            return self._remember_if_full(self._sum_before_deal())
        if not is_withheld(shares, self._limits):
            self._places = choose_places(shares, clock.random_below)
        return self._remember_if_full(total(share.counts for share in shares))

    def _sum_before_deal(self) -> PeriodCounts:
        """Return the sum of all rows there are, of these limits or of others. There is no place before a deal."""
        read = read_rows(self._campaign.id, self._now)
        counts = [share.counts for share in read.shares] + ([read.former] if read.former else [])
        return total(at(one, self._now, self._zone) for one in counts)

    def _deal(self, attempt: int) -> None:
        if attempt < _DEALS_FROM:
            raise batch.Cancelled(conflict=True)
        shares = self._note(deal_limits(self._campaign, self._zone, self._now))
        self._places = choose_places(shares, clock.random_below)
        if not self._places:
            raise batch.Cancelled(conflict=True)

    def _remembered(self) -> PeriodCounts | None:
        version, limits, minute, counts = _full.get(self._campaign.id, (0, None, 0, None))
        same = (version, limits, minute) == self._minute_key()
        return counts if same else None

    def _remember_if_full(self, counts: PeriodCounts) -> PeriodCounts:
        if reached(self._campaign.limits, counts) is not None:
            _full[self._campaign.id] = (*self._minute_key(), counts)
        return counts

    def _minute_key(self) -> tuple[int, Limits, int]:
        return self._campaign.version, self._campaign.limits, self._now // MINUTE_S
