"""When a lead's person must be gone, and why (RET)."""

from enum import StrEnum

from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.quick_dataclass import cached_value, dataclass
from chalicelib.core.times import DAY_S

MAX_DAYS = 3650
MAX_AHEAD_S = MAX_DAYS * DAY_S
HOLD_GROUNDS = ("litigation", "regulator", "dispute", "legal_obligation")
MAX_HOLD_S = 366 * DAY_S
_TEST_DAYS = 1
NO_POLICY_REASONS = ("consent_renewed", "contract", "legal_obligation", "dispute", "other")


class DeadlineOrigin(StrEnum):
    """The rule that sets the end of a person (RET-8)."""

    FORGET = "forget"
    LEGAL_HOLD = "legal_hold"
    TEST = "test"
    LEAD = "lead"
    OUTCOME = "outcome"
    REJECTED = "rejected"
    PROJECT = "project"
    CAMPAIGN = "campaign"
    NONE = "none"


class RetentionState(StrEnum):
    """The state of a lead's retention that readers see (RET-9)."""

    NONE = "none"
    COUNTING = "counting"
    LEGAL_HOLD = "legal_hold"
    QUEUED = "queued"
    ERASED = "erased"


@dataclass(frozen=True)
class Policy:
    """Whole days from receipt, 1 to 3650, or no policy; rejected leads may have their own days (RET-1, RET-6)."""

    days: int | None = None
    rejected_days: int | None = None

    def days_of(self, *, rejected: bool) -> int | None:
        """Return the days of a lead, or None without a policy for it."""
        return self.rejected_days if rejected and self.rejected_days is not None else self.days


@dataclass(frozen=True)
class Setting:
    """The retention a user set on one lead: an instant, or None for "no policy" with its reason (RET-10)."""

    due_at: int | None
    days: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Retention:
    """All values that determine one lead's deadline. They are stamped at receipt and change only before it."""

    received_at: int
    policy: Policy = Policy()
    test: bool = False
    rejected: bool = False
    setting: Setting | None = None
    outcome_due_at: int | None = None
    forgotten_at: int | None = None
    hold_until: int | None = None
    hold_ground: str | None = None
    base_due_at: int | None = None
    by_project: bool = False
    """A bulk change at project level shortened the policy (RET-20)."""

    @property
    def origin(self) -> DeadlineOrigin:
        """Return the rule that sets the end: a legal hold that ends after the deadline, else `due_origin` (RET-8)."""
        return self.due_origin if self.erase_at == self.due_at else DeadlineOrigin.LEGAL_HOLD

    @property
    def due_origin(self) -> DeadlineOrigin:
        """Return the rule that sets the deadline: forget, test, the lead, outcome, rejected, project (RET-8)."""
        if self.forgotten_at is not None:
            return DeadlineOrigin.FORGET
        if self.test:
            return DeadlineOrigin.TEST
        if self.setting is not None:
            return DeadlineOrigin.LEAD
        if self.outcome_due_at is not None:
            return DeadlineOrigin.OUTCOME
        if self.rejected and self.policy.rejected_days is not None:
            return DeadlineOrigin.REJECTED
        if self.policy.days is None:
            return DeadlineOrigin.NONE
        return DeadlineOrigin.PROJECT if self.by_project else DeadlineOrigin.CAMPAIGN

    @property
    def days(self) -> int | None:
        """Return the days from receipt, if the deciding rule counts from receipt."""
        return self._days_by(self.due_origin)

    @cached_value
    def due_at(self) -> int | None:
        """Return the deadline: the instant at which the person must be gone by policy, or None (RET-3)."""
        origin = self.due_origin
        if origin is DeadlineOrigin.FORGET:
            return self.forgotten_at
        if origin is DeadlineOrigin.LEAD:
            return self.setting.due_at if self.setting else None
        if origin is DeadlineOrigin.OUTCOME:
            return self.outcome_due_at
        days = self._days_by(origin)
        return None if days is None else due_after(self.received_at, days)

    @cached_value
    def erase_at(self) -> int | None:
        """Return the end: the later of the deadline and the legal hold's end (data-model.md, Deadlines and expiry)."""
        due_at = self.due_at
        if due_at is None or self.hold_until is None or self.forgotten_at is not None:
            return due_at
        return max(due_at, self.hold_until)

    def _days_by(self, origin: DeadlineOrigin) -> int | None:
        if origin in (DeadlineOrigin.CAMPAIGN, DeadlineOrigin.PROJECT):
            return self.policy.days
        if origin is DeadlineOrigin.REJECTED:
            return self.policy.rejected_days
        if origin is DeadlineOrigin.LEAD:
            return self.setting.days if self.setting else None
        return _TEST_DAYS if origin is DeadlineOrigin.TEST else None

    def has_legal_hold(self, now: int) -> bool:
        """Return True while a legal hold is in force (RET-19)."""
        return self.hold_until is not None and self.hold_until > now

    def is_kept_by_hold(self, now: int) -> bool:
        """Return True if only a legal hold keeps the person after its deadline; only the desk may read it (RET-19)."""
        return self.has_legal_hold(now) and gone(self.due_at, now)

    @property
    def initial_deadline(self) -> int | None:
        """Return the initial deadline, from which users may no longer change the retention (RET-11)."""
        deadlines = [instant for instant in (self.base_due_at, self.due_at) if instant is not None]
        return min(deadlines, default=None)

    def state(self, now: int, erased: bool) -> RetentionState:
        """Return the state that readers see (RET-9)."""
        if erased:
            return RetentionState.ERASED
        if gone(self.erase_at, now):
            return RetentionState.QUEUED
        if self.has_legal_hold(now):
            return RetentionState.LEGAL_HOLD
        return RetentionState.NONE if self.erase_at is None else RetentionState.COUNTING

    def is_changeable(self, now: int) -> bool:
        """Return True before the initial deadline (RET-11)."""
        return not gone(self.initial_deadline, now)

    def require_changeable(self, now: int) -> None:
        """Raise Conflict `deadline_passed` at or after the initial deadline (RET-11)."""
        if not self.is_changeable(now):
            raise Conflict(
                "The retention can no longer be changed: the lead's deadline has passed.", "deadline_passed"
            )


def at_receipt(received_at: int, policy: Policy, *, test: bool, rejected: bool) -> Retention:
    """Return the retention of a lead that is received now: its deadline is its initial one, too (RET-3, RET-11)."""
    days = _TEST_DAYS if test else policy.days_of(rejected=rejected)
    base_due_at = None if days is None else due_after(received_at, days)
    return Retention(received_at, policy, test, rejected, base_due_at=base_due_at)


def gone(erase_at: int | None, now: int) -> bool:
    """Return True from `erase_at` on: the one predicate that every read applies (RET-14)."""
    return erase_at is not None and erase_at <= now


def due_after(received_at: int, days: int) -> int:
    """Return the instant `days` whole days of 86,400 seconds after receipt (RET-3)."""
    return received_at + days * DAY_S


def expires_at(erase_at: int | None, now: int) -> int | None:
    """Return the TTL stamp of an end: whole seconds, at most ten years ahead (data-model.md, Deadlines and expiry)."""
    if erase_at is None:
        return None
    stamp = max(erase_at, now + 1)
    if stamp > now + MAX_AHEAD_S + DAY_S:
        raise ValueError("a TTL stamp must be at most ten years ahead")
    return stamp


def setting_of_days(received_at: int, days: int, now: int) -> Setting:
    """Return the setting of `days` from receipt; raise Invalid if that instant is past or too far ahead (RET-10)."""
    return Setting(_future(due_after(received_at, days), now, "days"), days=days)


def setting_until(instant: int, now: int) -> Setting:
    """Return the setting of an exact instant; raise Invalid if it is past or too far ahead (RET-10)."""
    return Setting(_future(instant, now, "until"))


def setting_of_none(reason: str) -> Setting:
    """Return the setting "no policy"; raise Invalid unless the reason is in the list (RET-10)."""
    if reason not in NO_POLICY_REASONS:
        message = f"Choose one of: {', '.join(NO_POLICY_REASONS)}."
        raise Invalid(
            "A lead without a retention policy needs a reason.",
            fields=[FieldError("reason", "choice", message)],
        )
    return Setting(None, reason=reason)


def _future(instant: int, now: int, field: str) -> int:
    if not now < instant <= now + MAX_AHEAD_S:
        message = "Must be in the future, at most ten years ahead."
        raise Invalid("This retention cannot be set.", fields=[FieldError(field, "out_of_range", message)])
    return instant
