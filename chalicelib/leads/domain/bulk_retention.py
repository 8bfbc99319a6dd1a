"""What a bulk change at project level does to the retention of one lead (RET-20)."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.core.retention import Policy, Retention
from chalicelib.core.times import DAY_S
from chalicelib.leads.domain import erasure
from chalicelib.leads.domain.leads import Activity, Facts
from chalicelib.organisation.domain.configuration import Project


def outcome_recorded_at(facts: Facts, activities: tuple[Activity, ...]) -> int | None:
    """Return when the lead got its present outcome, as its history says; None if it does not say."""
    recorded = [
        entry.at
        for entry in activities
        if entry.kind == "outcome" and entry.detail.get("to") == facts.outcome
    ]
    return recorded[-1] if recorded else None


def outcome_rules(project: Project) -> dict[str, int | None]:
    """Return the days of each outcome of a project; None for an outcome without any (RET-7)."""
    return {rule.outcome: rule.retention_days for rule in project.outcomes}


def outcome_days(facts: Facts, rules: Mapping[str, int | None]) -> int | None:
    """Return the days that the rules give to the lead's outcome, or None (RET-7)."""
    return None if facts.outcome is None else rules.get(facts.outcome)


def may_apply_outcome(facts: Facts, rules: Mapping[str, int | None], now: int) -> bool:
    """Return True if the rules may set the lead's deadline: it has an outcome, and no setting of its own (RET-11)."""
    return outcome_days(facts, rules) is not None and facts.retention.setting is None and _is_open(facts, now)


def with_outcome_applied(facts: Facts, days: int, recorded_at: int) -> Facts:
    """Return the facts with the outcome's days, counted from when the outcome was recorded (RET-7, RET-20)."""
    due_at = recorded_at + days * DAY_S
    return replace(facts, retention=replace(facts.retention, outcome_due_at=due_at))


def with_policy_applied(facts: Facts, policy: Policy, now: int) -> Facts:
    """Return the facts under a project's policy, only where that makes the deadline earlier (RET-20).

    Days count from receipt. `base_due_at` stays. A lead whose own setting, outcome or forget decides is unchanged, and
    so is one at or after its initial deadline (RET-11).
    """
    if not _is_open(facts, now):
        return facts
    after = replace(facts, retention=_shortened(facts.retention, policy))
    before_due, due_at = facts.retention.due_at, after.retention.due_at
    is_earlier = due_at is not None and (before_due is None or due_at < before_due)
    return after if is_earlier else facts


def _is_open(facts: Facts, now: int) -> bool:
    return not (facts.test or erasure.is_due(facts, now)) and facts.retention.is_changeable(now)


def _shortened(retention: Retention, other: Policy) -> Retention:
    """Return the retention with the fewer days of both policies, for a lead as it is and if it is rejected (RET-6)."""
    before = retention.policy
    days = _fewer(before.days, other.days)
    rejected = _fewer(_rejected(before), _rejected(other))
    is_own = before.rejected_days is not None or rejected != days
    policy = Policy(days, rejected if is_own else None)
    return replace(retention, policy=policy, by_project=retention.by_project or days != before.days)


def _rejected(policy: Policy) -> int | None:
    return policy.days if policy.rejected_days is None else policy.rejected_days


def _fewer(first: int | None, second: int | None) -> int | None:
    known = [days for days in (first, second) if days is not None]
    return min(known, default=None)
