"""Counts dry runs and test leads, and bounds them by the minute: each of them tells something of a contact (PRI-5)."""

from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Actor
from chalicelib.core.errors import Throttled
from chalicelib.core.times import MINUTE_S
from chalicelib.intake.domain.new_lead import ANYONE

LOOK_UPS_A_MINUTE = 60


def bound_look_ups(actor: Actor | None, campaign_id: str, now: int) -> None:
    """Count one dry run or test lead of a credential or user; raise Throttled above 60 in this minute.

    Callers without a credential share one count for each campaign. Raise Unavailable if it cannot be counted: then
    nothing is answered.
    """
    bucket = f"{ANYONE}/{campaign_id}" if actor is None else actor.id
    if counters.count_look_up(bucket, now) > LOOK_UPS_A_MINUTE:
        message = f"At most {LOOK_UPS_A_MINUTE} dry runs and test leads a minute are answered."
        raise Throttled(message, retry_after_s=MINUTE_S - now % MINUTE_S)
