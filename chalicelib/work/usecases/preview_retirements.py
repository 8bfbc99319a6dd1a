"""Count what another period of inactivity would retire, for its confirmation (WRK-6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import Effect
from chalicelib.core.times import DAY_S, HOUR_S
from chalicelib.leads.domain.lead_work import retires_at
from chalicelib.leads.domain.leads import Facts, worklist_of
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.domain.inactivity import clock_of, latest_overdue, shortest_period_s
from chalicelib.users.domain.users import User

_PAGE = 99
_MOST = 2_000


@dataclass
class Retiring:
    """How many leads retire now and within a day; `complete` is False if not all could be counted."""

    now: int = 0
    within_a_day: int = 0
    complete: bool = True


def effect_of_period(before: Project, after: Project, now: int) -> Effect | None:
    """Return the effect of another period or other working hours on the project's leads; None if they stay the same.

    The numbers are those of the present second. At most 2,000 leads are read; with more the numbers are lower bounds.
    """
    if clock_of(before) == clock_of(after):
        return None
    numbers: dict[str, Any] = {"inactivity": after.inactivity, "inactivity_before": before.inactivity}
    if before.working_hours or after.working_hours:
        numbers |= {"working_hours": after.working_hours, "working_hours_before": before.working_hours}
    if after.inactivity is None:
        return Effect(f"Leads without activity are not retired any more (before: {_words(before)}).", numbers)
    counted = count_retiring(after, now)
    at_least = "" if counted.complete else "at least "
    summary = (
        f"Leads are retired {_words(after)} without activity (before: {_words(before)}). {_length(after)}"
        f"Now {at_least}{counted.now} retire, within a day {at_least}{counted.within_a_day}."
    )
    numbers |= {"retire_now": counted.now, "retire_within_a_day": counted.within_a_day}
    return Effect(summary, {**numbers, "complete": counted.complete})


def count_retiring(project: Project, now: int) -> Retiring:
    """Count the leads of a project that its period retires now, and within a day, without further activity."""
    counted = Retiring()
    for number, facts in enumerate(_open_leads(project, now)):
        if number >= _MOST:
            counted.complete = False
            break
        at = retires_at(facts, project) if facts.is_live(now) else None
        counted.now += at is not None and at <= now
        counted.within_a_day += at is not None and at <= now + DAY_S
    return counted


def _open_leads(project: Project, now: int) -> Iterator[Facts]:
    """Yield the open leads whose last activity is old enough, read again because the index lags."""
    until = latest_overdue(project, now + DAY_S)
    for user in configuration.list_all(User):
        if user.actor.belongs_to(project.id):
            yield from _overdue(worklist_of("open", project.id, user.id), until, now)


def _overdue(worklist: str, until: int, now: int) -> Iterator[Facts]:
    since, last = 0, None
    while True:
        page = leads.list_worklist(worklist, since, min(until, now), _PAGE, last)
        found = leads.get_many((lead_id for lead_id, _ in page), now)
        yield from (facts for facts in found.values() if facts.worklist == worklist)
        if len(page) < _PAGE:
            return
        last, since = page[-1]


def _words(project: Project) -> str:
    if project.inactivity is None:
        return "never"
    hours = "" if project.working_hours is None else f" of working hours ({project.working_hours})"
    return f"after {project.inactivity}{hours}"


def _length(project: Project) -> str:
    """Return in words how long a period of working hours lasts at least, because that is more than it says."""
    if project.working_hours is None:
        return ""
    days, rest = divmod(shortest_period_s(project), DAY_S)
    return f"That is at least {days} days and {rest // HOUR_S} hours. "
