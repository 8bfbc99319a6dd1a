"""The state of a campaign's limits: exact in any 60 minutes, a day and a month (CAM-10)."""

from collections.abc import Mapping
from dataclasses import field, replace

from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import MINUTE_S, local_day
from chalicelib.leads.domain.decision_basis import LimitsBasis

_AN_HOUR = 60


@dataclass(frozen=True)
class LimitState:
    """The places taken: in the latest minute, in the minutes before it, in its day and in its month.

    Minutes are epoch minutes. Only the numbers of the latest minute grow. Earlier minutes are fixed, so that many
    transactions can count in one minute without a conflict.
    """

    minute: int = 0
    taken: int = 0
    before: Mapping[int, int] = field(default_factory=dict)
    day: str = ""
    in_day: int = 0
    in_month: int = 0

    @property
    def month(self) -> str:
        """Return the month of the latest minute."""
        return self.day[:7]

    def to_json(self) -> LimitsBasis:
        """Return the state in JSON values."""
        return {
            "minute": self.minute,
            "taken": self.taken,
            "before": {str(minute): count for minute, count in self.before.items()},
            "day": self.day,
            "in_day": self.in_day,
            "in_month": self.in_month,
        }


def at(state: LimitState, now: int, zone: str) -> LimitState:
    """Return the state in the minute of `now`. With a clock that lags, the latest minute stays.

    The day never goes back, even if the project's zone changes: its taken places stay taken (CAM-10).
    """
    minute = max(now // MINUTE_S, state.minute)
    if minute == state.minute:
        return state
    day = max(state.day, local_day(minute * MINUTE_S, zone))
    counts_by_minute = {**state.before, state.minute: state.taken}
    return LimitState(
        minute=minute,
        before={
            earlier: count
            for earlier, count in counts_by_minute.items()
            if minute - _AN_HOUR < earlier and count
        },
        day=day,
        in_day=state.in_day if day == state.day else 0,
        in_month=state.in_month if day[:7] == state.month else 0,
    )


def with_one_more(state: LimitState, now: int, zone: str) -> LimitState:
    """Return the state after one more lead at `now`."""
    current = at(state, now, zone)
    return replace(current, taken=current.taken + 1, in_day=current.in_day + 1, in_month=current.in_month + 1)


def reached(limits: Limits, state: LimitState) -> str | None:
    """Return the name of a limit that one more lead would exceed, in the state of its minute, or None (CAM-10)."""
    for name, (limit, taken) in measures(limits, state).items():
        if limit is not None and taken >= limit:
            return name
    return None


def room(limits: Limits, state: LimitState) -> tuple[int | None, int | None, int | None]:
    """Return how high the numbers of the latest minute, the day and the month may be for one more lead.

    The write has the condition that they are lower, so that the last place is taken once (CAM-10).
    """
    hourly = None if limits.hourly is None else limits.hourly - sum(state.before.values())
    return hourly, limits.daily, limits.monthly


def measures(limits: Limits, state: LimitState) -> dict[str, tuple[int | None, int]]:
    """Return the most leads (None for any number) and the taken places of each limit, in the lead's minute."""
    return {
        "hourly": (limits.hourly, state.taken + sum(state.before.values())),
        "daily": (limits.daily, state.in_day),
        "monthly": (limits.monthly, state.in_month),
    }
