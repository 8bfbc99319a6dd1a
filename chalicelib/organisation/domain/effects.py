"""The effects of a change of retention, in words and numbers, for its confirmation (RET-5, RET-12)."""

from collections.abc import Sequence
from typing import Any

from chalicelib.core.errors import Effect
from chalicelib.core.retention import Policy
from chalicelib.organisation.domain.configuration import OutcomeRule, Project


def of_new_campaign(default: Policy, chosen: Policy) -> Effect:
    """Return the effect of a new campaign with this policy in a project with that default (RET-2, RET-4)."""
    summary = f"Persons of the new campaign's leads are {_words(chosen)} (the project's default: {_words(default)})."
    return Effect(summary, _numbers(default, chosen))


def of_campaign(before: Policy, after: Policy) -> Effect:
    """Return the effect of another policy of a campaign (RET-4, RET-5)."""
    summary = (
        f"Persons of this campaign's leads are {_words(after)} (before: {_words(before)}). "
        "This applies to leads received from now on; earlier leads keep their retention."
    )
    return Effect(summary, _numbers(before, after))


def of_project(before: Project | None, after: Project) -> Effect | None:
    """Return the effect of a project's new default or outcome rules; None if both are unchanged (RET-2, RET-7)."""
    default = before.default_retention if before else Policy()
    rules = _rules(before.outcomes if before else ())
    sentences: list[str] = []
    numbers: dict[str, Any] = {}
    if default != after.default_retention:
        words = f"{_words(after.default_retention)} (before: {_words(default)})"
        sentences.append(
            f"Persons of new campaigns' leads are {words}. Existing campaigns keep their retention."
        )
        numbers = {"default_retention": _numbers(default, after.default_retention)}
    if rules != _rules(after.outcomes):
        listed = ", ".join(f"{name} {days} days" for name, days in sorted(_rules(after.outcomes).items()))
        sentences.append(
            f"Outcome rules from now on: {listed or 'none'}. Leads with an outcome keep their retention."
        )
        numbers = {**numbers, "outcomes": _rules(after.outcomes), "outcomes_before": rules}
    return Effect(" ".join(sentences), numbers) if sentences else None


def joined(first: Effect | None, second: Effect | None) -> Effect | None:
    """Return two effects of one change as one; None if there is neither."""
    if first is None or second is None:
        return first or second
    return Effect(f"{first.summary} {second.summary}", {**first.numbers, **second.numbers})


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
