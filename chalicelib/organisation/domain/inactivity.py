"""The clock of inactivity of a project: when a lead without activity retires, and when it is at risk (WRK-6, WRK-12).

A period and a warning are seconds of the clock. With working hours the clock runs only in these (WRK-6a). A project
that retires no lead has no period.
"""

from chalicelib.core.times import DAY_S, seconds_of
from chalicelib.organisation.domain import working_hours
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.domain.working_hours import WEEK_S, WorkingHours, parse_working_hours

LONGEST_S = 365 * DAY_S
_WARNING_PART = 4


def hours_of(project: Project) -> WorkingHours | None:
    """Return the working hours of a project, or None if its clock always runs."""
    return None if project.working_hours is None else parse_working_hours(project.working_hours)


def period_s(project: Project) -> int:
    """Return the period in seconds of the clock. Raise ValueError if the project retires no lead."""
    return seconds_of(project.inactivity or "")


def warning_s(project: Project) -> int:
    """Return how long before retirement a lead is at risk: the setting, or a quarter of the period (WRK-12)."""
    if project.inactivity is None:
        return 0
    return seconds_of(project.warning) if project.warning else period_s(project) // _WARNING_PART


def retires_after(project: Project, since: int) -> int:
    """Return the instant at which the period since a last activity has passed (WRK-7)."""
    return _after(project, since, period_s(project))


def latest_overdue(project: Project, until: int) -> int:
    """Return the latest last activity whose period has passed by an instant."""
    hours = hours_of(project)
    if hours is None:
        return until - period_s(project)
    return working_hours.latest_before(hours, project.zone, until, period_s(project))


def at_risk_until(project: Project, now: int) -> int:
    """Return the instant at which the warning has passed: what retires until then is at risk (WRK-12)."""
    return _after(project, now, warning_s(project))


def shortest_period_s(project: Project) -> int:
    """Return how long the period lasts at least."""
    hours = hours_of(project)
    return period_s(project) if hours is None else working_hours.shortest_s(hours, period_s(project))


def is_too_long(project: Project) -> bool:
    """Return True if the period lasts more than 365 days in the project's working hours (WRK-6a)."""
    hours = hours_of(project)
    return hours is not None and period_s(project) * WEEK_S > LONGEST_S * hours.a_week_s


def clock_of(project: Project) -> tuple[str | None, ...]:
    """Return what decides when leads retire. Another value may retire leads at once (WRK-6)."""
    if project.inactivity is None or project.working_hours is None:
        return (project.inactivity,)
    return project.inactivity, project.working_hours, project.zone


def _after(project: Project, since: int, seconds: int) -> int:
    hours = hours_of(project)
    if hours is None:
        return since + seconds
    return working_hours.instant_after(hours, project.zone, since, seconds)
