"""The only module that reads the clock or makes random values. Below the handlers, the time is a parameter."""

import os
import random
import secrets
import struct
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_TWO_NUMBERS = struct.Struct("<QQ")
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
    pairs, at, (a, b) = _PAIRS, int(time.time() * 1000), _TWO_NUMBERS.unpack(os.urandom(16))
    return (
        f"{kind}_{pairs[at >> 40 & 1023]}"
        f"{pairs[at >> 30 & 1023]}{pairs[at >> 20 & 1023]}{pairs[at >> 10 & 1023]}{pairs[at & 1023]}"
        f"{pairs[a >> 30 & 1023]}{pairs[a >> 20 & 1023]}{pairs[a >> 10 & 1023]}{pairs[a & 1023]}"
        f"{pairs[b >> 30 & 1023]}{pairs[b >> 20 & 1023]}{pairs[b >> 10 & 1023]}{pairs[b & 1023]}"
    )  # one step, because nearly every request makes an id (B3)


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
