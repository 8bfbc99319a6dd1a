"""How many leads a campaign takes: exact in any 60 minutes, a day and a month (CAM-10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.times import MINUTE_S, local_day
from chalicelib.leads.domain.decision_basis import LimitsBasis

_AN_HOUR = 60


@dataclass(frozen=True)
class LimitState:
    """What a campaign has taken: in its latest minute, in the minutes before, that day and that month.

    Minutes are epoch minutes. Only the latest minute's numbers grow; what lies before it is settled, so that
    many may count in one minute without standing in each other's way.
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
    """Return the state as the minute of `now` finds it; a clock that lags counts in the latest minute there is.

    Nor does a day ever go back, should the project's zone become another: what was taken of it stays taken (CAM-10).
    """
    minute = max(now // MINUTE_S, state.minute)
    if minute == state.minute:
        return state
    day = max(state.day, local_day(minute * MINUTE_S, zone))
    known = {**state.before, state.minute: state.taken}
    return LimitState(
        minute=minute,
        before={one: count for one, count in known.items() if minute - _AN_HOUR < one and count},
        day=day,
        in_day=state.in_day if day == state.day else 0,
        in_month=state.in_month if day[:7] == state.month else 0,
    )


def with_one_more(state: LimitState, now: int, zone: str) -> LimitState:
    """Return the state once one more lead has taken its place at `now`."""
    present = at(state, now, zone)
    return replace(present, taken=present.taken + 1, in_day=present.in_day + 1, in_month=present.in_month + 1)


def reached(limits: Limits, state: LimitState) -> str | None:
    """Return the name of a limit that one more lead would exceed, in the state of its minute, or None (CAM-10)."""
    for name, (limit, taken) in measures(limits, state).items():
        if limit is not None and taken >= limit:
            return name
    return None


def room(limits: Limits, state: LimitState) -> tuple[int | None, int | None, int | None]:
    """Return up to where the latest minute's, the day's and the month's numbers may stand for one more lead.

    The write is conditional on being below these, so that the last place is given once (CAM-10).
    """
    hourly = None if limits.hourly is None else limits.hourly - sum(state.before.values())
    return hourly, limits.daily, limits.monthly


def measures(limits: Limits, state: LimitState) -> dict[str, tuple[int | None, int]]:
    """Return for each limit how many leads it lets in, None for any number, and how many are in, in its minute."""
    return {
        "hourly": (limits.hourly, state.taken + sum(state.before.values())),
        "daily": (limits.daily, state.in_day),
        "monthly": (limits.monthly, state.in_month),
    }
