"""What a change of retention will do, in words and numbers, told before it is confirmed (RET-5, RET-12)."""

from collections.abc import Sequence
from typing import Any

from chalicelib.core.errors import Effect
from chalicelib.core.retention import Policy
from chalicelib.organisation.domain.configuration import OutcomeRule, Project


def of_new_campaign(default: Policy, chosen: Policy) -> Effect:
    """Return the effect of adding a campaign with this policy to a project with that default (RET-2, RET-4)."""
    summary = (
        f"Persons of the new campaign's leads: {_words(chosen)} (the project's default: {_words(default)})."
    )
    return Effect(summary, _numbers(default, chosen))


def of_campaign(before: Policy, after: Policy) -> Effect:
    """Return the effect of giving a campaign this policy (RET-4, RET-5)."""
    summary = (
        f"Persons of this campaign's leads: {_words(after)} (until now: {_words(before)}). "
        "It applies to leads received from now on; leads already stamped keep theirs."
    )
    return Effect(summary, _numbers(before, after))


def of_project(before: Project | None, after: Project) -> Effect | None:
    """Return the effect of a project's new default or outcome rules; None if it leaves both alone (RET-2, RET-7)."""
    default = before.default_retention if before else Policy()
    rules = _rules(before.outcomes if before else ())
    sentences: list[str] = []
    numbers: dict[str, Any] = {}
    if default != after.default_retention:
        words = f"{_words(after.default_retention)} (until now: {_words(default)})"
        sentences.append(f"New campaigns start with: {words}. Existing campaigns keep theirs.")
        numbers = {"default_retention": _numbers(default, after.default_retention)}
    if rules != _rules(after.outcomes):
        named = ", ".join(f"{name} {days} days" for name, days in sorted(_rules(after.outcomes).items()))
        sentences.append(f"Outcome rules from now on: {named or 'none'}. Leads with an outcome keep theirs.")
        numbers = {**numbers, "outcomes": _rules(after.outcomes), "outcomes_before": rules}
    return Effect(" ".join(sentences), numbers) if sentences else None


def _rules(outcomes: Sequence[OutcomeRule]) -> dict[str, int]:
    return {rule.outcome: rule.retention_days for rule in outcomes if rule.retention_days is not None}


def _numbers(before: Policy, after: Policy) -> dict[str, int | None]:
    return {
        "days": after.days,
        "days_before": before.days,
        "rejected_days": after.rejected_days,
        "rejected_days_before": before.rejected_days,
    }


def _words(policy: Policy) -> str:
    main = "kept without an end" if policy.days is None else f"erased {policy.days} days after receipt"
    if policy.rejected_days is None:
        return main
    return f"{main}, rejected ones after {policy.rejected_days} days"
