"""How many leads a second a campaign with limits accepts: all of them write one row (CAM-10).

No emulator has conflicts between transactions or realistic times. So this is a model: the tries and the pauses are
those of the code, the times of the store are assumed.
"""

import heapq
import random

from chalicelib import clock
from chalicelib.intake.usecases import receive_lead

_READ_S, _TRANSACTION_S = 0.005, 0.010
_FOR_S = 120
_RATES = (10, 25, 50, 75, 100, 150, 200)


def ceiling() -> str:
    """Return, in words, which rates of leads get how many answers "try again"."""
    shown = ", ".join(f"{rate} a second: {_unavailable_share(rate):.2%}" for rate in _RATES)
    return (
        f"leads come at random, a read takes {_READ_S * 1e3:g} ms, a transaction {_TRANSACTION_S * 1e3:g} ms, and "
        "cancels every other on the row that begins meanwhile; tries and pauses are those of the code. "
        f"Answered 503 are at {shown}"
    )


def _unavailable_share(rate: int) -> float:
    """Return the share of leads that meet a conflict at every one of their tries."""
    chance = random.Random(rate)
    arrivals, at = [], 0.0
    while at < _FOR_S:
        at += chance.expovariate(rate)
        arrivals.append((at + _READ_S, 0))
    waiting, free_at, lost = list(arrivals), 0.0, 0
    heapq.heapify(waiting)
    while waiting:
        now, tried = heapq.heappop(waiting)
        if now >= free_at:
            free_at = now + _TRANSACTION_S
        elif tried + 1 == receive_lead._TRIES:
            lost += 1
        else:
            pause = min(clock._BACKOFF_S * 2 ** (tried + 1), clock._LONGEST_BACKOFF_S) * chance.random()
            heapq.heappush(waiting, (now + pause + _READ_S, tried + 1))
    return lost / len(arrivals)
