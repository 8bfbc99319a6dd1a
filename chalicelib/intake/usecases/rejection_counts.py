"""Count rejections under their campaign, and slow down the guessing of passwords (INT-11, ACC-9)."""

from chalicelib import observability
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.errors import LeadwardenError, Unavailable
from chalicelib.users.usecases import throttling

GUESSES_A_MINUTE = 60
_TRIES = 4


def count_rejection(campaign_id: str, reason: str, request: str, now: int, source: str) -> None:
    """Count a rejection once, however often the SDK sends it; the rejection is valid even if it is not counted (INT-8).

    It counts under the campaign, and under its source. `request` is the request id, from which the write's token is
    derived. A count that is lost is logged and measured.
    """
    update = counters.add_rejection(campaign_id, reason, source, request, now)
    token = batch.token_of("refusal", request)
    try:
        retrying(
            lambda _: batch.write([update], token),
            tries=_TRIES,
            message="The rejection could not be counted.",
        )
    except Unavailable:
        observability.log("WARNING", "refusal_not_counted", code=reason)
        observability.metric("RefusalsNotCounted", 1)


def count_guess(campaign_id: str, error: LeadwardenError, password: str | None, now: int) -> None:
    """Count a wrong password; raise Throttled after too many of them in a minute (ACC-9).

    A missing password is not a guess, and is not counted.
    """
    if error.code == "wrong_password" and password is not None:
        throttling.count_failure(_guesses(campaign_id), GUESSES_A_MINUTE, now)


def require_guesses_left(campaign_id: str, password: str | None, now: int) -> None:
    """Raise Throttled for any password, right or wrong, after too many wrong ones in the campaign's minute (ACC-9).

    The right one is refused, too: otherwise the guessing would not be slowed down.
    """
    if password is not None:
        throttling.require_room(_guesses(campaign_id), now)


def _guesses(campaign_id: str) -> str:
    return f"password/{campaign_id}"
