"""Mishaps of calls, by chance: answers that are lost, and callers that are killed."""

import random
from dataclasses import dataclass
from enum import Enum, auto

READ_TIMEOUT_S = 4.0  # `rows.MetaDefaults`


class Mishap(Enum):
    """What happens to one attempt of a call."""

    NONE = auto()
    LOST = auto()
    KILLED_BEFORE = auto()
    KILLED_AFTER = auto()


@dataclass(frozen=True)
class Mishaps:
    """The share of attempts whose answer is lost after the call was applied, and of callers killed at a call.

    A caller is killed before its call is sent, or just after, each in half of the cases. A call that was sent goes on.
    """

    lost: float = 0.0
    killed: float = 0.0

    def draw(self, chance: random.Random) -> Mishap:
        """Return what happens to one attempt."""
        if not self.lost and not self.killed:
            return Mishap.NONE
        drawn = chance.random()
        if drawn < self.lost:
            return Mishap.LOST
        if drawn < self.lost + self.killed:
            return chance.choice([Mishap.KILLED_BEFORE, Mishap.KILLED_AFTER])
        return Mishap.NONE
