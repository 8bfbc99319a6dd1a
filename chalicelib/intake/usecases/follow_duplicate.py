"""Append or resend a duplicate once, as its campaign says (CAM-7, CAM-8)."""

from collections.abc import Callable

from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads

_TRIES = 6


def follow_duplicate(
    lead_id: str, is_done: Callable[[Facts], bool], act: Callable[[Facts, Facts], None], now: int
) -> None:
    """Call `act` with the facts of a duplicate and of its earlier lead; call it again after a concurrent write.

    Nothing happens if `is_done` finds the mark on the duplicate, or if its person is gone or under a legal hold alone.
    `act` sets the mark in its own transaction. Raise Unavailable when contention does not end.
    """

    def attempt(_: int) -> None:
        duplicate = leads.get(lead_id, now)
        if duplicate is None or is_done(duplicate) or not is_changeable(duplicate, now):
            return
        earlier = leads.get(duplicate.duplicate_of, now) if duplicate.duplicate_of else None
        if earlier is not None:
            act(duplicate, earlier)

    retrying(attempt, tries=_TRIES, message="Others are changing the same leads; try again later.")
