"""Counts what was refused at the doors and slows down who keeps trying (ACC-9)."""

from chalicelib.aws.dynamodb import counters
from chalicelib.core.errors import Throttled, Unavailable

_full: dict[str, int] = {}
_REMEMBERED = 1000
_MINUTE_S = 60


def require_room(bucket: str, now: int) -> None:
    """Raise Throttled if the bucket had too many refusals in this minute, as far as this process knows."""
    if _full.get(bucket) == now // _MINUTE_S:
        raise Throttled("Too many refused attempts.", retry_after_s=_MINUTE_S - now % _MINUTE_S)


def count_failure(bucket: str, a_minute: int, now: int) -> None:
    """Count one refusal; raise Throttled once the bucket is over `a_minute`, from then on without counting.

    Where it cannot be counted, the refusal stands by itself.
    """
    require_room(bucket, now)
    try:
        seen = counters.count_failure(bucket, now)
    except Unavailable:
        return
    if seen > a_minute:
        if len(_full) >= _REMEMBERED:
            _full.clear()
        _full[bucket] = now // _MINUTE_S
        require_room(bucket, now)


def clear_cache() -> None:
    """Forget which buckets are full, as a fresh process would."""
    _full.clear()
