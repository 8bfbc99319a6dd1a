"""The retention that a user sets on one lead (RET-10)."""

from dataclasses import replace

from chalicelib.core.errors import Conflict, Effect
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import Retention, Setting, setting_of_days, setting_of_none, setting_until
from chalicelib.core.times import Moment, ends_at, iso, optional_iso
from chalicelib.leads.domain import erasure
from chalicelib.leads.domain.leads import Facts
from chalicelib.ledger.domain.entries import FieldChange


@dataclass(frozen=True)
class RetentionRequest:
    """The requested retention: days from receipt, a day or an instant, or no policy with a reason.

    `in_zone` makes the day an instant: do this first.
    """

    days: int | None = None
    until: Moment | None = None
    reason: str | None = None

    def in_zone(self, zone: str) -> "RetentionRequest":
        """Return the request with its day included, in this time zone (RET-10)."""
        return self if self.until is None else replace(self, until=ends_at(self.until, zone))

    def setting(self, received_at: int, now: int) -> Setting:
        """Return the setting; raise Invalid for an instant out of range or an unknown reason (RET-10)."""
        if self.days is not None:
            return setting_of_days(received_at, self.days, now)
        if self.until is not None:
            return setting_until(ends_at(self.until, "UTC"), now)
        return setting_of_none(self.reason or "")

    def matches(self, retention: Retention) -> bool:
        """Return True if the lead already has this setting."""
        setting = retention.setting
        if setting is None:
            return False
        if self.days is not None:
            return setting.days == self.days
        if self.until is not None:
            return setting.due_at == self.until and setting.days is None
        return setting.due_at is None and setting.reason == self.reason

    def binding(self) -> tuple[str, ...]:
        """Return the parts that a confirmation is bound to (RET-12)."""
        return (str(self.days), str(self.until), str(self.reason))


def with_setting(facts: Facts, requested: RetentionRequest, now: int) -> Facts:
    """Return the facts with the requested retention (RET-8, RET-10).

    Raise Conflict `deadline_passed` at or after the initial deadline (RET-11), and `test_lead` for a test lead, which
    is always erased after a day. Raise Invalid for an invalid setting.
    """
    facts.retention.require_changeable(now)
    if erasure.is_due(facts, now):
        raise Conflict(
            "The person of this lead is being erased, so the retention can no longer be changed.",
            "deadline_passed",
        )
    if facts.test:
        raise Conflict("A test lead is erased after a day; its retention cannot be changed.", "test_lead")
    return replace(
        facts, retention=replace(facts.retention, setting=requested.setting(facts.received_at, now))
    )


def ends_later(before: Facts, after: Facts) -> bool:
    """Return True if the end moves later: then parts are stamped first (data-model.md, Deadlines and expiry)."""
    if before.erase_at is None:
        return False
    return after.erase_at is None or after.erase_at > before.erase_at


def effect_of(before: Facts, after: Facts) -> Effect:
    """Return the effect of the change in words and numbers (RET-12)."""
    summary = f"The person of this lead is {_words(after.erase_at)} (before: {_words(before.erase_at)})."
    numbers = {
        "leads": 1,
        "days": after.retention.days,
        "due_at": optional_iso(after.retention.due_at),
        "due_at_before": optional_iso(before.retention.due_at),
        "erase_at": optional_iso(after.erase_at),
        "erase_at_before": optional_iso(before.erase_at),
    }
    return Effect(summary, numbers)


def retention_changes(before: Facts, after: Facts) -> tuple[FieldChange, ...]:
    """Return the changed fields of the retention (PRI-27)."""
    old, new = _fields(before), _fields(after)
    return tuple(
        FieldChange(f"retention.{name}", old[name], new[name]) for name in new if old[name] != new[name]
    )


def _fields(facts: Facts) -> dict[str, str | None]:
    retention = facts.retention
    return {
        "days": None if retention.days is None else str(retention.days),
        "due_at": optional_iso(retention.due_at),
        "origin": retention.due_origin.value,
    }


def _words(erase_at: int | None) -> str:
    return "kept without an end" if erase_at is None else f"erased at {iso(erase_at)}"
