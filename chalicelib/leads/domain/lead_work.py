"""Working a lead: whose it is, what was done, and when it retires (WRK)."""

from dataclasses import dataclass, replace

from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.retention import gone
from chalicelib.core.times import DAY_S, seconds_of
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import Project

_WARNED_FOR = 4


@dataclass(frozen=True)
class BulkItemResult:
    """What came of one lead of many; `error` is the code of what stood in the way."""

    lead_id: str
    error: str | None = None


def require_changeable(facts: Facts, now: int) -> None:
    """Raise Conflict `erased` if the person is gone, `legal_hold` if only a hold keeps it (RET-14, RET-19)."""
    if not facts.is_live(now) or facts.erasing_at is not None:
        raise Conflict("The person of this lead is gone.", "erased")
    if facts.retention.is_held_over(now):
        raise Conflict("Only a legal hold keeps this lead: nobody works it.", "legal_hold")


def is_changeable(facts: Facts, now: int) -> bool:
    """Tell whether the person may still be changed: live, and not kept by a legal hold alone (RET-14, RET-19)."""
    try:
        require_changeable(facts, now)
    except Conflict:
        return False
    return True


def require_workable(facts: Facts, now: int) -> None:
    """Raise Conflict with the reason why nobody may work the lead now (RET-14, RET-19, WRK-10)."""
    require_changeable(facts, now)
    if facts.test:
        raise Conflict("Nobody works a test lead.", "test_lead")
    if facts.status is not Status.ACCEPTED:
        raise Conflict("Only an accepted lead is worked.", "not_accepted")


def require_in_work(facts: Facts, now: int) -> None:
    """Raise Conflict as `require_workable`, and for a retired lead, which a manager reassigns first (WRK-10)."""
    require_workable(facts, now)
    if facts.retired_at is not None:
        raise Conflict("This lead is retired: reassign it first.", "retired")


def assigned(facts: Facts, agent_id: str, now: int) -> Facts:
    """Return the facts of a lead that an agent gets: every assignment starts the clock (WRK-2, WRK-11)."""
    taken = replace(touched(facts, now), agent_id=agent_id, assigned_at=now)
    return replace(taken, retired_at=None, retired_from=None, waiting_since=None)


def unassigned(facts: Facts, now: int) -> Facts:
    """Return the facts of a lead that waits for a manager to assign it, from now on (ACC-8)."""
    return replace(facts, agent_id=None, retired_at=None, retired_from=None, waiting_since=now)


def touched(facts: Facts, now: int) -> Facts:
    """Return the facts after an activity; the clock of inactivity never goes backwards (WRK-3)."""
    return replace(facts, last_activity_at=max(now, facts.last_activity_at or now))


def reclassified(facts: Facts, project: Project) -> Facts:
    """Return the facts as the project's closing stages are now: the list may be another, the clock stays (WRK-1)."""
    closing = facts.stage in project.closing_stages
    return facts if closing is facts.closing else _without_follow_up(replace(facts, closing=closing))


def staged(facts: Facts, stage: str, project: Project, now: int) -> Facts:
    """Return the facts in another stage; a closing one ends the follow-ups.

    The same stage is no activity, and changes at most the list, where closing stages have changed (WRK-1, WRK-3).
    """
    if stage not in project.stages:
        raise _unknown("stage", "stage")
    if stage == facts.stage:
        return reclassified(facts, project)
    after = replace(touched(facts, now), stage=stage, closing=stage in project.closing_stages)
    return _without_follow_up(after)


def with_outcome(facts: Facts, outcome: str | None, project: Project, now: int) -> Facts:
    """Return the facts with an outcome, which closes the lead, or without one, which opens it again (WRK-14).

    A rule of the project gives the lead the outcome's retention, counted from now (RET-7); at or after the initial
    deadline the retention stays as it is (RET-11).
    """
    rules = {rule.outcome: rule.retention_days for rule in project.outcomes}
    if outcome is not None and outcome not in rules:
        raise _unknown("outcome", "outcome")
    if outcome == facts.outcome:
        return facts
    after = _without_follow_up(replace(touched(reclassified(facts, project), now), outcome=outcome))
    if not facts.retention.is_changeable(now):
        return after
    days = None if outcome is None else rules[outcome]
    due_at = None if days is None else now + days * DAY_S
    return replace(after, retention=replace(facts.retention, outcome_due_at=due_at))


def followed_up(facts: Facts, day: str | None, today: str, field: str = "follow_up_on") -> Facts:
    """Return the facts with the day of the next follow-up, which is no activity (WRK-3, WRK-4).

    Raises Conflict for a closed lead, Invalid for a day that is past, which came as `field`.
    """
    if day is not None and facts.closed:
        raise Conflict("This lead is closed: there is nothing to follow up.", "closed")
    if day is not None and day < today:
        message = "A follow-up is today or later."
        raise Invalid("This day cannot be.", fields=[FieldError(field, "out_of_range", message)])
    return replace(facts, follow_up_on=day)


def retired(facts: Facts, now: int) -> Facts:
    """Return the facts of a lead that nobody worked: with the managers, whose it was on record (WRK-7)."""
    return replace(facts, agent_id=None, retired_at=now, retired_from=facts.agent_id)


def retires_at(facts: Facts, project: Project) -> int | None:
    """Return when the lead will be retired if nobody does anything, or None if it never will (WRK-5, WRK-7).

    Only an open, assigned lead retires; a legal hold puts it off, and a person that is gone by then takes it away.
    """
    if project.inactivity is None or facts.agent_id is None or facts.worklist is None:
        return None
    if facts.status is not Status.ACCEPTED or facts.closed or facts.stage in project.closing_stages:
        return None
    at = facts.worklist_at + seconds_of(project.inactivity)
    if facts.retention.hold_until is not None:
        at = max(at, facts.retention.hold_until)
    return None if gone(facts.erase_at, at) else at


def is_overlooked(facts: Facts, project: Project) -> bool:
    """Tell whether an open lead stands in a stage that has become a closing one (WRK-7)."""
    return facts.agent_id is not None and not facts.closed and facts.stage in project.closing_stages


def warning_s(project: Project) -> int:
    """Return for how long before its retirement a lead is at risk: the setting, or a quarter of the period (WRK-12)."""
    if project.inactivity is None:
        return 0
    return seconds_of(project.warning) if project.warning else seconds_of(project.inactivity) // _WARNED_FOR


def _without_follow_up(facts: Facts) -> Facts:
    return replace(facts, follow_up_on=None) if facts.closed else facts


def _unknown(field: str, what: str) -> Invalid:
    message = f"The project has no such {what}."
    return Invalid("Some fields are not acceptable.", fields=[FieldError(field, "choice", message)])
