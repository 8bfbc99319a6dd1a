"""What a campaign's limits say of the places taken (CAM-10)."""

from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.leads.domain.decision_basis import LimitsBasis


def reached(limits: Limits, counts: PeriodCounts) -> str | None:
    """Return the name of a limit that one more lead would exceed, in the counts of its minute, or None (CAM-10)."""
    for name, (limit, taken) in measures(limits, counts).items():
        if limit is not None and taken >= limit:
            return name
    return None


def room(limits: Limits, counts: PeriodCounts) -> tuple[int | None, int | None, int | None]:
    """Return how high the numbers of the latest minute, the day and the month may be for one more lead.

    The write has the condition that they are lower, so that the last place is taken once (CAM-10).
    """
    hourly = None if limits.hourly is None else limits.hourly - sum(counts.before.values())
    return hourly, limits.daily, limits.monthly


def measures(limits: Limits, counts: PeriodCounts) -> dict[str, tuple[int | None, int]]:
    """Return the most leads (None for any number) and the taken places of each limit, in the lead's minute."""
    return {
        "hourly": (limits.hourly, counts.in_hour),
        "daily": (limits.daily, counts.in_day),
        "monthly": (limits.monthly, counts.in_month),
    }


def basis_of(counts: PeriodCounts) -> LimitsBasis:
    """Return the counts in JSON values."""
    return {
        "minute": counts.minute,
        "taken": counts.taken,
        "before": {str(minute): count for minute, count in counts.before.items()},
        "day": counts.day,
        "in_day": counts.in_day,
        "in_month": counts.in_month,
    }
