"""The bounds of signing in (ACC-11). Each attempt is counted before the user pool is asked, in one atomic write."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import counters
from chalicelib.core.errors import Invalid, Throttled, Unauthenticated, Unavailable
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S, iso
from chalicelib.users.domain.origins import origin_of

WRONG_A_MINUTE = 10
WRONG_OF_ORIGIN_A_MINUTE = 100
CODES_AN_HOUR = 10
RESETS_AN_HOUR = 3
_MINUTE_S = 60
_HOUR_S = 3600


@dataclass(frozen=True)
class Bound:
    """At most so many attempts of one kind in one minute or hour."""

    kind: str
    of: tuple[str, ...]
    most: int
    seconds: int

    @property
    def bucket(self) -> str:
        """Return the counter: a keyed hash, because a counter has no personal data."""
        framed = "".join(f"{len(part)}:{part}" for part in self.of)
        digest = hmac.digest(secrets.signing_key(), framed.encode(), hashlib.sha256)
        return f"{self.kind}/{digest.hex()[:32]}"


def of_sign_in(email: str, source_ip: str, device_id: str | None) -> list[Bound]:
    """Return the bounds of wrong passwords. With a device of this user, strangers count for nothing."""
    if device_id is not None:
        return [of_device(device_id)]
    origin = origin_of(source_ip)
    pair = Bound("sign_in", (spelled(email), origin), WRONG_A_MINUTE, _MINUTE_S)
    return [of_origin(source_ip), pair]


def of_code(email: str, source_ip: str, device_id: str | None) -> list[Bound]:
    """Return the bounds of wrong codes of an authenticator.

    They are counted by address alone: only a caller who has the password gets here. A device has an hour of its own.
    """
    if device_id is not None:
        return [Bound("totp", ("device", device_id), CODES_AN_HOUR, _HOUR_S)]
    return [of_origin(source_ip), Bound("totp", (spelled(email),), CODES_AN_HOUR, _HOUR_S)]


def of_reset(kind: str, email: str, source_ip: str, device_id: str | None) -> list[Bound]:
    """Return the bounds of `forgot` and of `reset`. A device of the user has its own, so strangers cannot use it up."""
    if device_id is not None:
        return [Bound(kind, ("device", device_id), RESETS_AN_HOUR, _HOUR_S)]
    return [of_origin(source_ip), Bound(kind, (spelled(email),), RESETS_AN_HOUR, _HOUR_S)]


def of_device(device_id: str) -> Bound:
    """Return the bound of one device."""
    return Bound("device", (device_id,), WRONG_A_MINUTE, _MINUTE_S)


def of_origin(source_ip: str) -> Bound:
    """Return the bound of one origin, for all addresses together."""
    return Bound("origin", (origin_of(source_ip),), WRONG_OF_ORIGIN_A_MINUTE, _MINUTE_S)


def spelled(email: str) -> str:
    """Return an address in the spelling under which it is counted and compared: the pool ignores its case."""
    return email.strip().casefold()


@contextmanager
def counting_wrong(bounds: Sequence[Bound], now: int) -> Iterator[None]:
    """Count an attempt that turns out wrong in every bound. Raise Throttled, without the attempt, if one is full.

    The attempt is wrong if it raises Unauthenticated or Invalid. Otherwise the counts are given back. Raise
    Unavailable if it cannot be counted: an attempt that is not counted is not made.

    Example:
        >>> with counting_wrong([of_device("dev_1")], now):
        ...     password = "right"
    """
    count(bounds, now)
    try:
        yield
    except (Unauthenticated, Invalid):
        raise
    except BaseException:
        _give_back(bounds, now)
        raise
    _give_back(bounds, now)


def count(bounds: Sequence[Bound], now: int) -> None:
    """Count an attempt in every bound. Raise Throttled if one is full; then nothing is counted."""
    for position, bound in enumerate(bounds):
        if not counters.take_one(bound.bucket, _window(bound, now), bound.most, now + bound.seconds + DAY_S):
            _give_back(bounds[:position], now)
            raise Throttled("Too many attempts.", retry_after_s=bound.seconds - now % bound.seconds)


def _give_back(bounds: Sequence[Bound], now: int) -> None:
    """Give back the counts. A count that cannot be given back stays, which is the safe side."""
    for bound in bounds:
        try:
            counters.give_back(bound.bucket, _window(bound, now))
        except Unavailable:
            continue


def _window(bound: Bound, now: int) -> str:
    """Return the first minute of the bound's present window."""
    return iso(now - now % bound.seconds)[:16]
