"""Erases a person whose end an action has brought on, unless this function's clock is ahead (RET-16)."""

from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from chalicelib.privacy.usecases.require_clock import is_clock_ahead


def finish_past_end(lead_id: str, through: str, now: int) -> bool:
    """Finish the erasure of a lead past its end, and return True.

    Where the clock is ahead of the store's, nothing is erased: the schedule does it at the lead's end. `through` is
    release, rejection or retention. What a user asked to forget is erased by any clock (PRI-8).
    """
    if is_clock_ahead(now):
        return False
    finish_erasure(lead_id, through, now)
    return True
