"""How long a call takes: log-normal, by its median and its 99th percentile, drawn by a seed."""

import math
import random
from dataclasses import dataclass

_P99 = 2.3263  # standard deviations of the normal distribution


@dataclass(frozen=True)
class Duration:
    """A log-normal duration in milliseconds."""

    median_ms: float
    p99_ms: float

    def draw(self, chance: random.Random) -> float:
        """Return seconds."""
        deviation = math.log(self.p99_ms / self.median_ms) / _P99
        return chance.lognormvariate(math.log(self.median_ms / 1000), deviation)


@dataclass(frozen=True)
class Durations:
    """The durations of the operations. Calls about single rows and batches of writes take as long as a batch read.

    `held` is the share of its duration for which a transaction holds its rows. The rest is the way there and back.
    """

    other: Duration = Duration(4, 12)
    transaction: Duration = Duration(10, 30)
    query: Duration = Duration(5, 15)
    held: float = 1.0

    def of(self, operation: str) -> Duration:
        """Return the duration of an operation."""
        if operation.startswith("Transact"):
            return self.transaction
        return self.query if operation in {"Query", "Scan"} else self.other
