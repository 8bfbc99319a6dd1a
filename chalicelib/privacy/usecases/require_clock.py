"""Erases nothing while this function's clock is ahead of the store's (RET-16)."""

from chalicelib import observability
from chalicelib.aws.dynamodb import store_clock
from chalicelib.core.errors import Unavailable
from chalicelib.leads.store import leads

_TOLERANCE_S = 60


def is_clock_ahead(now: int) -> bool:
    """Return True, with the metric `ClockAhead`, if the clock is more than a minute ahead of the store's.

    Facts and person would agree with a wrong clock, so that a person would be erased early, for good, unnoticed.
    """
    ahead_s = store_clock.seconds_ahead(lambda: leads.get_as_stored("lead_of_the_clock", now), now)
    if ahead_s > _TOLERANCE_S:
        observability.metric("ClockAhead", 1)
    return ahead_s > _TOLERANCE_S


def require_clock(now: int) -> None:
    """Raise Unavailable if the clock is more than a minute ahead of the store's."""
    if is_clock_ahead(now):
        raise Unavailable("The clock of this function is ahead of the store's; nothing was erased.")
