"""The only module that reads the clock or makes random values. Below the handlers, the time is a parameter."""

import random
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_BACKOFF_S = 0.05
_LONGEST_BACKOFF_S = 1.0
_chance = random.Random()  # noqa: S311  # for pauses and the choice of rows, no secret


def now() -> int:
    """Return the present instant in whole epoch seconds (UTC)."""
    return int(time.time())


def monotonic() -> float:
    """Return seconds of a clock that never goes backwards, for measuring durations."""
    return time.monotonic()


def new_id(kind: str) -> str:
    """Return a new id `<kind>_<26 characters>`: first the millisecond of its making, so that ids sort, then random."""
    millisecond, chance = int(time.time() * 1000), secrets.randbits(80)
    begin = _PAIRS[millisecond >> 40 & 1023]
    return f"{kind}_{begin}{_eight(millisecond)}{_eight(chance >> 40)}{_eight(chance)}"


def _eight(number: int) -> str:
    """Return the last 40 bits of a number as eight characters."""
    return (
        f"{_PAIRS[number >> 30 & 1023]}{_PAIRS[number >> 20 & 1023]}"
        f"{_PAIRS[number >> 10 & 1023]}{_PAIRS[number & 1023]}"
    )


def new_secret() -> bytes:
    """Return 32 random bytes for a credential's secret (ACC-2)."""
    return secrets.token_bytes(32)


def random_below(limit: int) -> int:
    """Return a number from 0 to below `limit` at random: every random choice of the code is made here.

    It is quick, and no secret: nothing may depend on that nobody guesses it.
    """
    return int(_chance.random() * limit)


def backoff(attempt: int) -> None:
    """Sleep before try `attempt` (1, 2, …): full jitter under a doubling limit, so that competing writers part."""
    time.sleep(min(_BACKOFF_S * 2**attempt, _LONGEST_BACKOFF_S) * random_below(1000) / 1000)


def wait_until(monotonic_s: float) -> None:
    """Sleep until `monotonic` shows this value. Return at once if it has passed."""
    time.sleep(max(0.0, monotonic_s - time.monotonic()))
