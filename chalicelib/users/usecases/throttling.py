"""Counts failed sign-ins and bad credentials, and throttles repeated attempts (ACC-9)."""

from chalicelib.aws.dynamodb import counters
from chalicelib.core.errors import Throttled, Unavailable

_full: dict[str, int] = {}
_REMEMBERED = 1000
_MINUTE_S = 60


def require_room(bucket: str, now: int) -> None:
    """Raise Throttled if the bucket had too many failures in this minute, as far as this process knows."""
    if _full.get(bucket) == now // _MINUTE_S:
        raise Throttled("Too many failed attempts.", retry_after_s=_MINUTE_S - now % _MINUTE_S)


def count_failure(bucket: str, a_minute: int, now: int) -> None:
    """Count one failure. Raise Throttled above `a_minute` failures; from then on nothing is counted in this minute.

    If the failure cannot be counted, nothing is raised.
    """
    require_room(bucket, now)
    try:
        failures = counters.count_failure(bucket, now)
    except Unavailable:
        return
    if failures > a_minute:
        if len(_full) >= _REMEMBERED:
            _full.clear()
        _full[bucket] = now // _MINUTE_S
        require_room(bucket, now)


def clear_cache() -> None:
    """Clear the list of full buckets, as in a new process."""
    _full.clear()
