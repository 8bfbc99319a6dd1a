"""The work on a lead: its agent, its activities, and its retirement (WRK)."""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import gone
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.organisation.domain.configuration import Project


@dataclass(frozen=True)
class BulkItemResult:
    """The result for one lead of many; `error` is the code of the error."""

    lead_id: str
    error: str | None = None


def require_changeable(facts: Facts, now: int) -> None:
    """Raise Conflict `erased` if the person is gone, `legal_hold` if only a legal hold keeps it (RET-14, RET-19)."""
    if not facts.is_live(now) or facts.erasing_at is not None:
        raise Conflict("The person of this lead is gone.", "erased")
    if facts.retention.is_kept_by_hold(now):
        raise Conflict("Only a legal hold keeps this lead, so it cannot be changed.", "legal_hold")


def is_changeable(facts: Facts, now: int) -> bool:
    """Return True if the person may be changed: live, and not only under a legal hold (RET-14, RET-19)."""
    try:
        require_changeable(facts, now)
    except Conflict:
        return False
    return True


def require_workable(facts: Facts, now: int) -> None:
    """Raise Conflict with the reason why the lead cannot be worked now (RET-14, RET-19, WRK-10)."""
    require_changeable(facts, now)
    if facts.test:
        raise Conflict("A test lead cannot be worked.", "test_lead")
    if facts.status is not Status.ACCEPTED:
        raise Conflict("Only an accepted lead can be worked.", "not_accepted")


def require_in_work(facts: Facts, now: int) -> None:
    """Raise Conflict as `require_workable` does, and for a retired lead, which must be reassigned first (WRK-10)."""
    require_workable(facts, now)
    if facts.retired_at is not None:
        raise Conflict("This lead is retired; a manager must reassign it first.", "retired")


def assigned(facts: Facts, agent_id: str, now: int) -> Facts:
    """Return the facts of a lead assigned to an agent. Every assignment starts the inactivity clock (WRK-2, WRK-11)."""
    touched_facts = replace(touched(facts, now), agent_id=agent_id, assigned_at=now)
    return replace(touched_facts, retired_at=None, retired_from=None, waiting_since=None)


def unassigned(facts: Facts, now: int) -> Facts:
    """Return the facts of a lead that waits from now on until a manager assigns it (ACC-8)."""
    return replace(facts, agent_id=None, retired_at=None, retired_from=None, waiting_since=now)


def touched(facts: Facts, now: int) -> Facts:
    """Return the facts after an activity. The inactivity clock never goes backwards (WRK-3)."""
    return replace(facts, last_activity_at=max(now, facts.last_activity_at or now))


def reclassified(facts: Facts, project: Project) -> Facts:
    """Return the facts under the project's present closing stages. The list may change, the clock does not (WRK-1)."""
    closing = facts.stage in project.closing_stages
    return facts if closing is facts.closing else _without_follow_up(replace(facts, closing=closing))


def staged(facts: Facts, stage: str, project: Project, now: int) -> Facts:
    """Return the facts in another stage. A closing stage removes the follow-up.

    The same stage is no activity. It can only change the list, if the closing stages have changed (WRK-1, WRK-3).
    """
    if stage not in project.stages:
        raise _unknown("stage", project.stages)
    if stage == facts.stage:
        return reclassified(facts, project)
    after = replace(touched(facts, now), stage=stage, closing=stage in project.closing_stages)
    return _without_follow_up(after)


def with_outcome(facts: Facts, outcome: str | None, project: Project, now: int) -> Facts:
    """Return the facts with an outcome, which closes the lead, or without one, which opens it again (WRK-14).

    A rule of the project sets the outcome's retention, counted from now (RET-7). At or after the initial deadline the
    retention stays unchanged (RET-11).
    """
    rules = {rule.outcome: rule.retention_days for rule in project.outcomes}
    if outcome is not None and outcome not in rules:
        raise _unknown("outcome", [rule.outcome for rule in project.outcomes])
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

    Raise Conflict for a closed lead, Invalid for a day in the past; `field` is the field of the request.
    """
    if day is not None and facts.closed:
        raise Conflict("This lead is closed and cannot have a follow-up.", "closed")
    if day is not None and day < today:
        message = "A follow-up must be today or later."
        raise Invalid("This follow-up cannot be set.", fields=[FieldError(field, "out_of_range", message)])
    return replace(facts, follow_up_on=day)


def retired(facts: Facts, now: int) -> Facts:
    """Return the facts of a lead retired for inactivity. They keep who its agent was (WRK-7)."""
    return replace(facts, agent_id=None, retired_at=now, retired_from=facts.agent_id)


def restored(facts: Facts, project: Project, now: int) -> Facts | None:
    """Return the facts of a retired lead as its agent had it; None if the project's period would retire it (WRK-6)."""
    if facts.retired_at is None or facts.retired_from is None:
        return None
    back = replace(facts, agent_id=facts.retired_from, retired_at=None, retired_from=None, assigned_at=now)
    at = retires_at(back, project)
    return None if at is not None and at <= now else reclassified(back, project)


def retires_at(facts: Facts, project: Project) -> int | None:
    """Return when the lead retires without further activity, or None if it never does (WRK-5, WRK-7).

    Only an open, assigned lead retires. A legal hold delays it. A lead whose person is gone by that time does not
    retire.
    """
    if project.inactivity is None or facts.agent_id is None or facts.worklist is None:
        return None
    if facts.status is not Status.ACCEPTED or facts.closed or facts.stage in project.closing_stages:
        return None
    from chalicelib.organisation.domain.inactivity import retires_after  # only for a lead on a worklist (B5)

    at = retires_after(project, facts.worklist_at)
    if facts.retention.hold_until is not None:
        at = max(at, facts.retention.hold_until)
    return None if gone(facts.erase_at, at) else at


def is_overlooked(facts: Facts, project: Project) -> bool:
    """Return True for an open lead in a stage that has become a closing one (WRK-7)."""
    return facts.agent_id is not None and not facts.closed and facts.stage in project.closing_stages


def _without_follow_up(facts: Facts) -> Facts:
    return replace(facts, follow_up_on=None) if facts.closed else facts


def _unknown(field: str, words: Iterable[str]) -> Invalid:
    message = f"The project has no such {field}; it has: {listed(words)}."
    return Invalid("Some fields are not acceptable.", fields=[FieldError(field, "choice", message)])
