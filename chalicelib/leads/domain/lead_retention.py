"""A user sets the retention of one lead (RET-10)."""

from dataclasses import dataclass, replace

from chalicelib.core.errors import Conflict, Effect
from chalicelib.core.retention import Retention, Setting, setting_of_days, setting_of_none, setting_until
from chalicelib.core.times import iso, optional_iso
from chalicelib.leads.domain import erasure
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger.domain.entries import FieldChange


@dataclass(frozen=True)
class RetentionRequest:
    """What was asked for: days from receipt, an exact instant, or, with neither, no policy and the reason why."""

    days: int | None = None
    until: int | None = None
    reason: str | None = None

    def setting(self, received_at: int, now: int) -> Setting:
        """Return the setting; Invalid if its instant is past or too far, or its reason not of the list (RET-10)."""
        if self.days is not None:
            return setting_of_days(received_at, self.days, now)
        if self.until is not None:
            return setting_until(self.until, now)
        return setting_of_none(self.reason or "")

    def matches(self, retention: Retention) -> bool:
        """Tell whether this is the setting that a lead has."""
        setting = retention.setting
        if setting is None:
            return False
        if self.days is not None:
            return setting.days == self.days
        if self.until is not None:
            return setting.due_at == self.until and setting.days is None
        return setting.due_at is None and setting.reason == self.reason

    def binding(self) -> tuple[str, ...]:
        """Return what a confirmation of it is bound to (RET-12)."""
        return (str(self.days), str(self.until), str(self.reason))


def with_setting(facts: Facts, wanted: RetentionRequest, now: int) -> Facts:
    """Return the facts with the wanted retention (RET-8, RET-10).

    Raises Conflict `deadline_passed` at or after the initial deadline (RET-11), `test_lead` for a test lead, whose
    day nothing moves, and Invalid for a setting that cannot be.
    """
    facts.retention.require_changeable(now)
    if erasure.is_due(facts, now):
        raise Conflict("The person of this lead is being erased.", "deadline_passed")
    if facts.test:
        raise Conflict("A test lead is due after a day; nothing changes that.", "test_lead")
    return replace(facts, retention=replace(facts.retention, setting=wanted.setting(facts.received_at, now)))


def ends_later(before: Facts, after: Facts) -> bool:
    """Tell whether the end moves back: then parts are stamped first (data-model.md, Deadlines and expiry)."""
    if before.erase_at is None:
        return False
    return after.erase_at is None or after.erase_at > before.erase_at


def effect_of(before: Facts, after: Facts) -> Effect:
    """Return what the change will do, in words and numbers (RET-12)."""
    summary = f"The person of this lead: {_words(after.erase_at)} (until now: {_words(before.erase_at)})."
    numbers = {
        "leads": 1,
        "days": after.retention.days,
        "due_at": optional_iso(after.retention.due_at),
        "due_at_before": optional_iso(before.retention.due_at),
        "erase_at": optional_iso(after.erase_at),
        "erase_at_before": optional_iso(before.erase_at),
    }
    return Effect(summary, numbers)


def differences(before: Facts, after: Facts) -> tuple[FieldChange, ...]:
    """Return what of the retention changed, by field (PRI-27)."""
    one, two = _shown(before), _shown(after)
    return tuple(
        FieldChange(f"retention.{name}", one[name], two[name]) for name in two if one[name] != two[name]
    )


def _shown(facts: Facts) -> dict[str, str | None]:
    retention = facts.retention
    return {
        "days": None if retention.days is None else str(retention.days),
        "due_at": optional_iso(retention.due_at),
        "origin": retention.due_origin.value,
    }


def _words(erase_at: int | None) -> str:
    return "kept without an end" if erase_at is None else f"erased at {iso(erase_at)}"
