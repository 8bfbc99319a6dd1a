"""What the door for leads refuses is counted under its campaign; guessing a password is slowed down (INT-11, ACC-9)."""

from chalicelib import observability
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.errors import LeadwardenError, Unavailable
from chalicelib.users.usecases import throttling

GUESSES_A_MINUTE = 60
_TRIES = 4


def count_rejection(campaign_id: str, reason: str, request: str, now: int) -> None:
    """Count a refusal once, however often the SDK sends it; it stands where it cannot be counted, too (INT-8).

    `request` is an id of the request's own: the write's token is made of it. What is lost is a number of the day's
    statistic, and it is logged and measured that one was lost.
    """
    update, token = (
        counters.add_rejection(campaign_id, reason, request, now),
        batch.token_of("refusal", request),
    )
    try:
        retrying(
            lambda _: batch.write([update], token), tries=_TRIES, message="The refusal could not be counted."
        )
    except Unavailable:
        observability.log("WARNING", "refusal_not_counted", code=reason)
        observability.metric("RefusalsNotCounted", 1)


def count_bad_credential(
    campaign_id: str, error: LeadwardenError, password: str | None, request: str, now: int
) -> None:
    """Count a refused password, or a credential for other campaigns, under the campaign and the error's code (ACC-9).

    Raises what `count_guess` raises.
    """
    count_rejection(campaign_id, error.code, request, now)
    count_guess(campaign_id, error, password, now)


def count_guess(campaign_id: str, error: LeadwardenError, password: str | None, now: int) -> None:
    """Count a wrong password that was sent; raise Throttled once a minute has seen too many of them (ACC-9).

    A missing one is no guess: who has none stands in nobody's way.
    """
    if error.code == "wrong_password" and password is not None:
        throttling.count_failure(_guesses(campaign_id), GUESSES_A_MINUTE, now)


def require_guesses_left(campaign_id: str, password: str | None, now: int) -> None:
    """Raise Throttled for any password, right or wrong, while the campaign's minute has seen too many (ACC-9).

    If a right one were let through, the guessing would not be slowed down at all.
    """
    if password is not None:
        throttling.require_room(_guesses(campaign_id), now)


def _guesses(campaign_id: str) -> str:
    return f"password/{campaign_id}"
