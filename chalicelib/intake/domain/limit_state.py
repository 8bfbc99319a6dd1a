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
