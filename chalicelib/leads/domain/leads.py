"""A lead: its facts, which identify nobody, and its person (glossary.md, Who and what)."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.core.retention import Retention, RetentionState, gone
from chalicelib.leads.domain.decision_basis import DecisionBasis


class Status(StrEnum):
    """The verdict on a lead."""

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class IntakeAnswer:
    """The verdict as the source was given it, kept so that a retry is answered byte for byte (INT-9)."""

    status: Status
    reason: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    due_at: int | None = None
    duplicate_of: str | None = None
    test: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What stays of a lead for ever: ids, times, verdict, money (data-model.md, Facts and person)."""

    lead_id: str
    campaign_id: str
    project_id: str
    status: Status
    received_at: int
    retention: Retention
    source_kind: str
    source_id: str
    config_version: int
    answer: IntakeAnswer | None = None
    digest: str | None = None
    reasons: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str = "USD"
    category: str | None = None
    group: str | None = None
    first_agent_id: str | None = None
    agent_id: str | None = None
    stage: str | None = None
    outcome: str | None = None
    closing: bool = False
    retired_at: int | None = None
    retired_from: str | None = None
    waiting_since: int | None = None
    assigned_at: int | None = None
    last_activity_at: int | None = None
    follow_up_on: str | None = None
    duplicate_of: str | None = None
    failed: tuple[str, ...] = ()
    grade: str | None = None
    consent: str | None = None
    costs: tuple[str, ...] = ()
    calculated: dict[str, Any] = field(default_factory=dict)
    reviewed_at: int | None = None
    appended_at: int | None = None
    resent_at: int | None = None
    blocked_at: int | None = None
    erasing_at: int | None = None
    erased_at: int | None = None
    basis: str | None = None
    confirmed_by: str = ""
    activity_mark: str = ""
    version: int = 1

    @property
    def test(self) -> bool:
        """Tell whether this is a test lead (INT-12)."""
        return self.retention.test

    @property
    def is_original(self) -> bool:
        """Tell whether it can be an original: test leads and duplicates cannot (data-model.md, Duplicate index)."""
        return not self.test and self.status is not Status.DUPLICATE

    @property
    def erase_at(self) -> int | None:
        """Return the instant from which the person is gone for every reader."""
        return self.retention.erase_at

    @property
    def original_status(self) -> Status:
        """Return the verdict at the door, which statistics count: only a lead that was held is reviewed (CAM-15)."""
        return self.status if self.reviewed_at is None else Status.HELD

    def is_live(self, now: int) -> bool:
        """Tell whether the person may still be there (RET-14)."""
        return self.erased_at is None and not gone(self.erase_at, now)

    def retention_state(self, now: int) -> RetentionState:
        """Return what a reader is told of the retention (RET-9)."""
        return self.retention.state(now, self.erased_at is not None)

    @property
    def worklist(self) -> str | None:
        """Return the one list a live, real lead stands in for people, or None (WRK-1)."""
        if self.test or self.erased_at is not None:
            return None
        if self.status is Status.HELD:
            return worklist_of("quality", self.project_id)
        if self.status is not Status.ACCEPTED:
            return None
        if self.retired_at is not None:
            return worklist_of("retired", self.project_id)
        if self.agent_id is None:
            return worklist_of("unassigned", self.project_id)
        return worklist_of("closed" if self.closed else "open", self.project_id, self.agent_id)

    @property
    def worklist_at(self) -> int:
        """Return what its worklist is sorted by: the last activity, or since when it waits (WRK-1)."""
        if self.retired_at is not None:
            return self.retired_at
        since = self.last_activity_at if self.agent_id else self.waiting_since
        return since or self.received_at

    @property
    def handed_over_at(self) -> int:
        """Return when its agent got it: by the last assignment, else at its receipt."""
        return self.assigned_at or self.received_at

    @property
    def closed(self) -> bool:
        """Tell whether the work on it is done: an outcome, or a closing stage (WRK-1)."""
        return self.outcome is not None or self.closing


def worklist_of(kind: str, project_id: str, agent_id: str | None = None) -> str:
    """Return the name of a list: `open` and `closed` are an agent's, the others a project's (WRK-1)."""
    return "#".join(part for part in (kind, project_id, agent_id) if part is not None)


@dataclass(frozen=True)
class LeadContact:
    """A normalised phone number or e-mail address of a person, and its ref."""

    kind: str
    field: str
    normal: str
    ref: str


@dataclass(frozen=True)
class Person:
    """What identifies: the fields the person gave, what came with them, and the refs that lead to them.

    `checked` holds the values that validation services found, by service; `decided` the values that the decision
    used (CAM-13, CAM-20).
    """

    fields: dict[str, Any]
    extras: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    refs: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    checked: dict[str, dict[str, Any]] = field(default_factory=dict)
    decided: DecisionBasis = field(default_factory=DecisionBasis)
    version: int = 1


@dataclass(frozen=True)
class Activity:
    """One thing that happened to a lead, without free text (WRK-16)."""

    at: int
    id: str
    kind: str
    by_kind: str
    by_id: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredLead:
    """The facts, and the person if the reader may have it and it is not gone; when it would retire (WRK-5)."""

    facts: Facts
    person: Person | None = None
    activities: tuple[Activity, ...] = ()
    retires_at: int | None = None
