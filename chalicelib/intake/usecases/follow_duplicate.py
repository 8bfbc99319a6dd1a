"""Does what a campaign wants done with a duplicate, once (CAM-7, CAM-8)."""

from collections.abc import Callable

from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads

_TRIES = 6


def follow_duplicate(
    lead_id: str, is_done: Callable[[Facts], bool], act: Callable[[Facts, Facts], None], now: int
) -> None:
    """Call `act` with the facts of a duplicate and of the lead it is a duplicate of; again after a concurrent write.

    Nothing happens where `is_done` finds the mark on the duplicate, or once the duplicate is due or gone. `act` sets
    the mark in its own transaction. Raises Unavailable when contention does not end.
    """

    def attempt(_: int) -> None:
        newcomer = leads.get(lead_id, now)
        if newcomer is None or is_done(newcomer) or not is_changeable(newcomer, now):
            return
        earlier = leads.get(newcomer.duplicate_of, now) if newcomer.duplicate_of else None
        if earlier is not None:
            act(newcomer, earlier)

    retrying(attempt, tries=_TRIES, message="Others are changing the same leads; it goes on later.")
